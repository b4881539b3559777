"""The commands over files: no database, no network, the same answer twice, and a sentence for a bad file."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from feedback.themes.files import UnusableFile, columns

pytestmark = pytest.mark.criterion("M5")
COMMENTS = [
    "I waited ages on hold.",
    "",
    "N/A",
    "Rude to me, but she fixed it in the end.",
    "Chocolate fountain",
]


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def comments(tmp_path):
    return write(tmp_path / "comments.csv", ["id", "said"], enumerate(COMMENTS))


@pytest.fixture
def themes(tmp_path):
    rows = [["wait", "Reaching someone", "on hold; waited ages; queue"], ["tone", "", "rude; kind; abrupt"],
            ["solved", "Problem solved", "fixed it; sorted; not fixed"]]  # fmt: skip
    return write(tmp_path / "themes.csv", ["theme", "definition", "phrases"], rows)


def test_assign_gives_every_row_its_themes_or_an_empty_one(comments, themes, tmp_path, capsys):
    out = tmp_path / "out.csv"
    call_command("assign_themes", comments, text="said", themes=themes, out=out, json=True)
    rows = read(out)
    assert [(row["row"], row["theme"]) for row in rows if row["row"] in "0124"] == [
        ("0", "wait"),
        ("1", ""),
        ("2", ""),
        ("4", ""),
    ]
    assert {row["theme"] for row in rows if row["row"] == "3"} == {"tone", "solved"}
    assert "waited ages" in rows[0]["why"]
    figures = json.loads(capsys.readouterr().out)
    assert (figures["comments"], figures["placed"]) == (5, 2)
    sizes = {theme["theme"]: theme["size"] for theme in figures["themes"]}
    assert sizes == {"wait": 1, "tone": 1, "solved": 1}


def test_single_and_examples(comments, themes, tmp_path):
    examples = write(tmp_path / "examples.csv", ["text", "theme"], [["Chocolate fountain", "solved"]])
    out = tmp_path / "out.csv"
    call_command(
        "assign_themes", comments, text="said", themes=themes, examples=examples, single=True, out=out
    )
    rows = read(out)
    assert len(rows) == 5
    assert (rows[-1]["theme"], rows[-1]["why"]) == ("solved", "Chocolate fountain; like “Chocolate fountain”")
    call_command("assign_themes", comments, text="said", themes=themes, examples=examples, out=out)
    assert read(out)[-1]["why"] == "Chocolate fountain; like “Chocolate fountain”"


def test_discover_names_groups_and_repeats_itself(tmp_path, capsys):
    texts = [
        [f"{text} {number}"]
        for number in range(12)
        for text in ("the lift is broken", "no beans in the coffee machine")
    ]
    file = write(tmp_path / "c.csv", ["said"], [*texts, [""]])
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    call_command("discover_themes", file, text="said", grain="fine", seed=3, out=one, json=True)
    found = json.loads(capsys.readouterr().out)
    call_command("discover_themes", file, text="said", grain="fine", seed=3, out=two)
    assert one.read_bytes() == two.read_bytes()
    assert sum(theme["size"] for theme in found["themes"]) == 24
    assert read(one)[24] == {"row": "24", "theme": "", "name": "", "confidence": ""}
    assert len({row["theme"] for row in read(one)[::2][:12]} & {row["theme"] for row in read(one)[1::2]}) == 0


def test_examples_of_found_themes_are_masked(tmp_path, capsys):
    secret = "Mrs Patel rang 07700 900123 about card 4111 1111 1111 1111, write to jo@example.org"
    file = write(tmp_path / "c.csv", ["said"], [[secret]] * 3)
    call_command("discover_themes", file, text="said", out=tmp_path / "o.csv", json=True)
    (theme,) = json.loads(capsys.readouterr().out)["themes"]
    for hidden in ("Patel", "900123", "1111 1111", "jo@"):
        assert hidden not in " ".join(theme["examples"])
    assert "[phone number hidden]" in theme["examples"][0]


@pytest.mark.parametrize("content", [b"", b"said\n", "said\nCaf\xe9 fermé".encode("cp1252")])
def test_thin_and_oddly_encoded_files(tmp_path, content, capsys):
    file = tmp_path / "c.csv"
    file.write_bytes(content)
    out = tmp_path / "o.csv"
    if not content:
        with pytest.raises(CommandError, match="is empty"):
            call_command("discover_themes", file, text="said", out=out)
        return
    call_command("discover_themes", file, text="said", out=out)
    assert len(read(out)) == content.count(b"\n") - (content == b"said\n")


def test_bad_files_get_a_sentence(comments, themes, tmp_path):
    out = tmp_path / "o.csv"
    with pytest.raises(CommandError, match="no column 'words'"):
        call_command("discover_themes", comments, text="words", out=out)
    binary = tmp_path / "x.xlsx"
    binary.write_bytes(b"\x00\x01\x02")
    with pytest.raises(CommandError, match="cannot be opened as a spreadsheet"):
        call_command("discover_themes", binary, text="said", out=out)
    unknown = write(tmp_path / "e.csv", ["text", "theme"], [["a b", "weather"]])
    with pytest.raises(CommandError, match="row 2: 'weather' is not one of the themes"):
        call_command("assign_themes", comments, text="said", themes=themes, examples=unknown, out=out)
    assert not out.exists()


def test_names_of_found_themes_hold_nothing_that_a_quote_would_hide(tmp_path, capsys):
    said = [
        "Please ring me on 07700 900456 about the boiler",
        "Reference 12345678 sort code 12-34-56 was refused for the payment",
        "John Smithson was great, ask for John Smithson",
        "The parking was full so ring Jane Okonkwo about parking",
    ]
    file, out = write(tmp_path / "c.csv", ["said"], [[text] for text in said] * 12), tmp_path / "o.csv"
    call_command("discover_themes", file, text="said", grain="fine", out=out, json=True)
    told = json.loads(capsys.readouterr().out)
    shown = json.dumps(told).lower() + out.read_text().lower()
    for hidden in ("07700", "900456", "12345678", "12-34", "smithson", "john", "okonkwo", "jane"):
        assert hidden not in shown
    assert "boiler" in shown
    assert all(len(theme["examples"]) == len(set(theme["examples"])) for theme in told["themes"])


def test_examples_of_long_comments_are_short(tmp_path, capsys):
    file = write(tmp_path / "c.csv", ["said"], [["The lift is broken. " * 3_000]] * 3)
    call_command("discover_themes", file, text="said", out=tmp_path / "o.csv", json=True)
    (theme,) = json.loads(capsys.readouterr().out)["themes"]
    assert [len(example) <= 300 for example in theme["examples"]] == [True]


def test_other_languages_are_marked_and_left_alone(themes, tmp_path, capsys):
    said = [["Les gens sont très bien et le service est pour moi une joie"], ["Waited ages on hold"]]
    file, out = write(tmp_path / "c.csv", ["said"], said), tmp_path / "o.csv"
    call_command("discover_themes", file, text="said", out=out, json=True)
    assert (read(out)[0]["theme"], read(out)[0]["name"], read(out)[1]["theme"]) == ("", "language: fr", "0")
    assert json.loads(capsys.readouterr().out)["other_languages"] == {"fr": 1}
    for single in (False, True):
        call_command("assign_themes", file, text="said", themes=themes, single=single, out=out)
        assert [(row["theme"], row["why"]) for row in read(out)] == [
            ("", "language: fr"),
            ("wait", "Waited ages on hold"),
        ]


@pytest.mark.parametrize("names", [["Rudeness"], ["Rudeness", "Waiting"]])
def test_a_file_too_small_to_teach_anything_is_placed_no_surer_than_one_comment(names, tmp_path):
    themes = write(tmp_path / "t.csv", ["theme", "phrases"], [[name, "staff were rude"] for name in names])
    said = [["Staff were rude"], ["Did not answer"], ["A walk by the sea"], ["Not rude at all"]]
    file, out = write(tmp_path / "c.csv", ["said"], said), tmp_path / "o.csv"
    call_command("assign_themes", file, text="said", themes=themes, single=True, out=out, vectors="static")
    sure = [float(row["confidence"]) for row in read(out)]
    assert 0.4 < sure[0] <= 0.95
    assert max(sure[1:]) < 0.3
    assert all(row["why"] for row in read(out))


def test_the_words_of_a_long_comment_are_told_once(themes, tmp_path):
    file, out = write(tmp_path / "c.csv", ["said"], [["Waited ages on hold. " * 400]]), tmp_path / "o.csv"
    call_command("assign_themes", file, text="said", themes=themes, out=out)
    assert [row["why"] for row in read(out)] == ["Waited ages on hold"]


def test_what_cannot_be_written_is_said_before_the_work(comments, themes, tmp_path):
    before = comments.read_bytes(), themes.read_bytes()
    for out, message in [
        (tmp_path / "missing" / "o.csv", "folder .*missing does not exist"),
        (tmp_path, "is a folder"),
        (comments, "would replace"),
    ]:
        with pytest.raises(CommandError, match=message):
            call_command("discover_themes", comments, text="said", out=out)
        with pytest.raises(CommandError, match=message):
            call_command("assign_themes", comments, text="said", themes=themes, out=out)
    with pytest.raises(CommandError, match="would replace"):
        call_command("assign_themes", comments, text="said", themes=themes, out=themes)
    assert (comments.read_bytes(), themes.read_bytes()) == before


def test_a_theme_that_is_there_twice_is_refused_with_its_place(comments, tmp_path):
    twice = write(tmp_path / "t.csv", ["theme", "phrases"], [["a", "x"], ["b", "y"], ["a ", "z"]])
    with pytest.raises(CommandError, match=r"t\.csv, row 4: 'a' is already the theme"):
        call_command("assign_themes", comments, text="said", themes=twice, out=tmp_path / "o.csv")


def test_columns_and_rows_of_untidy_files(tmp_path):
    file = tmp_path / "c.csv"
    file.write_text("id, said \n1,one\n\n2,t\x00wo\n\n\n")
    assert columns(file, ["said"]) == [["one", "", "two"]]
    sheet = tmp_path / "c.xlsx"
    with xlsxwriter.Workbook(str(sheet)) as book:
        page = book.add_worksheet()
        for number, row in enumerate([["id", " said "], [1, "one"], [], [2, "two"]]):
            page.write_row(number, 0, row)
    assert columns(sheet, ["said"]) == columns(file, ["said"])
    file.write_text("said,said\n1,2\n")
    with pytest.raises(UnusableFile, match="2 columns 'said'"):
        columns(file, ["said"])
    with pytest.raises(UnusableFile, match="is a folder, not a file"):
        columns(tmp_path, ["said"])
    file.write_bytes(bytes(range(4)) * 100)
    with pytest.raises(UnusableFile, match="is not a CSV file"):
        columns(file, ["said"])


def test_a_workbook_is_known_by_what_it_is_and_the_first_sheet_with_rows_is_read(tmp_path):
    named, sheet = tmp_path / "c.csv", tmp_path / "c.xlsx"
    with xlsxwriter.Workbook(str(sheet)) as book:
        book.add_worksheet("empty")
        page = book.add_worksheet()
        for number, row in enumerate([["Theme", "said"], [1, "one"], [2.5, None], [True, "two"]]):
            page.write_row(number, 0, row)
    named.write_bytes(sheet.read_bytes())
    for file in (sheet, named):
        assert columns(file, ["theme", "said"]) == [["1", "2.5", "TRUE"], ["one", "", "two"]]
    named.write_bytes(b"%PDF-1.7 and so on")
    with pytest.raises(UnusableFile, match=r"c\.csv is a PDF, not a table"):
        columns(named, ["said"])


def test_capitals_of_column_names_do_not_matter_where_one_column_fits(tmp_path):
    file = tmp_path / "c.csv"
    file.write_text("Theme,Phrases\na,b\n")
    assert columns(file, ["theme"], ["definition", "phrases"]) == [["a"], [""], ["b"]]
    file.write_text("said,SAID\na,b\n")
    assert columns(file, ["said"]) == [["a"]]
    with pytest.raises(UnusableFile, match="2 columns 'Said'"):
        columns(file, ["Said"])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_characters_with_and_without_a_mark(encoding, tmp_path):
    file = tmp_path / "c.csv"
    file.write_bytes("said\nWaited at the caf\xe9\n".encode(encoding))
    assert columns(file, ["said"]) == [["Waited at the caf\xe9"]]


def test_rows_are_not_swallowed_by_a_quotation_mark_that_stays_open(tmp_path):
    file = tmp_path / "c.csv"
    file.write_text('id,said\n1,"fine,\nreally"\n2,"open\n3,lost\n')
    with pytest.raises(UnusableFile, match="opens on line 4 is never closed"):
        columns(file, ["said"])
    file.write_text('id,said\n1,fine\n2,"two\nlines"\n')
    assert columns(file, ["said"]) == [["fine", "two\nlines"]]


def test_words_and_examples_that_give_the_reason_are_masked_and_told_once(themes, tmp_path):
    said = "I waited ages on hold, ask for Jane Okonkwo or mrs Patel on 07700 900123"
    comments = write(tmp_path / "same.csv", ["said"], [[said]])
    examples = write(tmp_path / "e.csv", ["text", "theme"], [[said, "wait"]] * 2)
    out = tmp_path / "o.csv"
    for single in (False, True):
        call_command(
            "assign_themes", comments, text="said", themes=themes, examples=examples, single=single, out=out
        )
        why = read(out)[0]["why"]
        assert why.count("like") == 1
        assert "waited ages" in why
        assert not any(hidden in why for hidden in ("Okonkwo", "Patel", "07700", "900123"))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("mrs patel was rude", "patel"),
        ("Miss patel was rude", "patel"),
        ("I rang Jane Okonkwo, but jane was rude", "jane"),
        ("I spoke to O'Brien, so rude", "o'brien"),
        ("rude, write to jo at patel dot com", "patel"),
    ],
)
def test_a_name_written_small_is_no_reason(said, hidden, tmp_path):
    comments = write(tmp_path / "c.csv", ["said"], [[said]])
    named = write(
        tmp_path / "t.csv", ["theme", "phrases"], [["rude", f"{hidden}; rude"], ["wait", "waiting"]]
    )
    out = tmp_path / "o.csv"
    for single in (False, True):
        call_command("assign_themes", comments, text="said", themes=named, single=single, out=out)
        (row,) = read(out)
        assert row["theme"] == "rude"
        assert "rude" in row["why"]
        assert hidden not in row["why"].lower()


def test_labelled_questions_are_found_again(sample_data, tmp_path):
    """A floor under the quality of discovery on public labelled questions."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    file, out = sample_data / "banking77" / "test.csv", tmp_path / "o.csv"
    call_command("discover_themes", file, text="text", grain="fine", vectors="static", out=out)
    found = [row["theme"] for row in read(out)]
    truth = [row["category"] for row in read(file)]
    assert normalized_mutual_info_score(truth, found) > 0.77
    assert adjusted_rand_score(truth, found) > 0.47


def test_labelled_questions_are_placed_by_examples(sample_data, tmp_path):
    """A floor under one best theme by name and five examples a theme."""
    file, out = sample_data / "banking77" / "test.csv", tmp_path / "o.csv"
    rows = read(file)
    by_theme: dict[str, list[str]] = {}
    for row in rows:
        by_theme.setdefault(row["category"], []).append(row["text"])
    themes = write(tmp_path / "t.csv", ["theme"], [[name] for name in by_theme])
    known = {(text, name) for name, texts in by_theme.items() for text in texts[:5]}
    examples = write(tmp_path / "e.csv", ["text", "theme"], sorted(known))
    rest = [(row["text"], row["category"]) for row in rows if (row["text"], row["category"]) not in known]
    asked = write(tmp_path / "rest.csv", ["text"], [[text] for text, _ in rest])
    more = {"themes": themes, "examples": examples, "single": True, "vectors": "static"}
    call_command("assign_themes", asked, text="text", out=out, **more)
    right = [row["theme"] == name for row, (_, name) in zip(read(out), rest, strict=True)]
    assert sum(right) / len(right) > 0.79


def test_another_seed_gives_nearly_the_same_themes(sample_data, tmp_path):
    from sklearn.metrics import adjusted_rand_score

    file = tmp_path / "c.csv"
    with (sample_data / "nhs_comments_v6" / "v6framework_230831.csv").open(encoding="utf-8-sig") as comments:
        write(file, ["said"], [[row["FFT answer"]] for row in list(csv.DictReader(comments))[:3_000]])
    found = []
    for seed in (1, 2):
        out = tmp_path / f"{seed}.csv"
        call_command("discover_themes", file, text="said", vectors="static", seed=seed, out=out)
        found.append([row["theme"] for row in read(out)])
    assert adjusted_rand_score(*found) > 0.95


def test_neither_command_tries_the_network(comments, themes, tmp_path):
    """In a process whose sockets refuse, with an empty home, both commands do their work."""
    script = (
        "import os, socket, sys\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'ccperf.settings'\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "file, themes, one, two = sys.argv[1:]\n"
        "call_command('discover_themes', file, '--text=said', '--out=' + one)\n"
        "more = ['--themes=' + themes, '--single', '--out=' + two]\n"
        "call_command('assign_themes', file, '--text=said', *more)\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, (comments, themes, tmp_path / "out1", tmp_path / "out2"))],
        capture_output=True,
        text=True,
        env={"HOME": str(home), "PATH": "", "DATA_DIR": str(tmp_path / "data")},
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert not any(home.iterdir())
    assert len(read(tmp_path / "out1")) == len(read(tmp_path / "out2")) == len(COMMENTS)


@pytest.mark.parametrize("command", ["discover_themes", "assign_themes"])
def test_commands_on_files_load_no_app(command, comments, themes, tmp_path):
    """Loading all apps takes longer than reading a small file."""
    out = tmp_path / "o.csv"
    more = ["--themes", str(themes)] if command == "assign_themes" else []
    script = (
        "import os, sys, manage\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'ccperf.settings'\n"
        "manage.main()\n"
        "from django.apps import apps\n"
        "assert not apps.ready, 'apps were loaded'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, command, str(comments), "--text=said", f"--out={out}", *more],
        capture_output=True,
        text=True,
        env={"PATH": "", "DATA_DIR": str(tmp_path / "data")},
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert {row["row"] for row in read(out)} == {str(row) for row in range(len(COMMENTS))}


def from_a_shell(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess:
    """Run a command as somebody at a shell would, with nothing but these variables set."""
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        capture_output=True,
        text=True,
        env={"PATH": "", "DATA_DIR": str(folder / "data"), **environment},
        cwd=Path(__file__).resolve().parents[2],
    )


@pytest.mark.parametrize("command", ["discover_themes", "assign_themes"])
@pytest.mark.parametrize("how", [["--settings", "naming.no.module"], ["--settings=naming.no.module"], []])
def test_settings_that_are_not_there_end_a_command_before_any_work(how, command, comments, themes, tmp_path):
    out = tmp_path / "o.csv"
    words = [command, comments, "--text=said", f"--out={out}", *how]
    if command == "assign_themes":
        words += ["--themes", themes]
    variable = {} if how else {"DJANGO_SETTINGS_MODULE": "naming.no.module"}
    done = from_a_shell(tmp_path, *words, **variable)
    assert done.stderr == "The settings naming.no.module cannot be loaded: No module named 'naming'.\n"
    assert (done.returncode, done.stdout, out.exists()) == (1, "", False)


def test_a_command_on_files_takes_settings_that_are_there(comments, tmp_path):
    out = tmp_path / "o.csv"
    words = ["discover_themes", comments, "--text=said", f"--out={out}"]
    done = from_a_shell(tmp_path, *words, "--settings=ccperf.settings")
    assert done.returncode == 0, done.stderr
    assert {row["row"] for row in read(out)} == {str(row) for row in range(len(COMMENTS))}


@pytest.mark.parametrize(
    ("texts", "placed"),
    [
        (["Waited ages on hold"], 1),
        (["Waited ages on hold"] * 11_000, 11_000),
        (["Waited ages on hold. " * 2_500], 1),
        (["\U0001f600", "\U0001f621\U0001f621", "!!!"], 0),
    ],
    ids=["one", "equal", "long", "smileys"],
)
def test_odd_comments(texts, placed, themes, tmp_path):
    file, out = write(tmp_path / "c.csv", ["said"], [[text] for text in texts]), tmp_path / "o.csv"
    call_command("discover_themes", file, text="said", out=out)
    assert sum(row["theme"] == "0" for row in read(out)) == placed
    call_command("assign_themes", file, text="said", themes=themes, single=True, out=out)
    assert sum(row["theme"] == "wait" for row in read(out)) == placed


def test_lines_of_different_encodings_and_themes_without_phrases(tmp_path):
    file, out = tmp_path / "c.csv", tmp_path / "o.csv"
    file.write_bytes("said\nLe café était fermé\n".encode() + "The café was shut\n".encode("cp1252"))
    assert columns(file, ["said"]) == [["Le café était fermé", "The café was shut"]]
    bare = write(tmp_path / "t.csv", ["theme"], [["parking"], ["opening_hours"]])
    call_command("assign_themes", file, text="said", themes=bare, single=True, out=out)
    french, english = read(out)
    assert (french["theme"], french["why"]) == ("", "language: fr")
    assert english["theme"] in {"parking", "opening_hours"}
