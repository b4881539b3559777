"""The commands over files: no database, no network, the same answer twice, and a sentence for a bad file."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from feedback.themes.files import columns

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


def test_single_and_examples(comments, themes, tmp_path):
    examples = write(tmp_path / "examples.csv", ["text", "theme"], [["Chocolate fountain", "solved"]])
    out = tmp_path / "out.csv"
    call_command(
        "assign_themes", comments, text="said", themes=themes, examples=examples, single=True, out=out
    )
    assert [row["theme"] for row in read(out)][-1] == "solved"
    assert len(read(out)) == 5


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


def test_labelled_questions_are_found_again(sample_data, tmp_path):
    """A floor under the quality of discovery on public labelled questions."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    file, out = sample_data / "banking77" / "test.csv", tmp_path / "o.csv"
    call_command("discover_themes", file, text="text", grain="fine", vectors="static", out=out)
    found = [row["theme"] for row in read(out)]
    truth = [row["category"] for row in read(file)]
    assert normalized_mutual_info_score(truth, found) > 0.77
    assert adjusted_rand_score(truth, found) > 0.47


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
    assert {row["theme"] for row in read(out)} <= {"parking", "opening_hours"}
