"""How fast a bank of 10,000 questions in 100 files is read: cold, from the cache, and after one edit.

    python -m benchmarks.bank [--questions 10000] [--files 100]

Each figure is given in seconds and as a multiple of a floor measured in the same run, so that it means something on
another machine. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TARGETS = {"cold": 4.0, "from the cache": 0.5, "one file edited": 0.2}

_TEXT = """
    leaf water oven flour yeast salt sugar heat time scale gas crust crumb cup pot kettle steam grain mill stone dough
    hand bowl cloth rack knife slice butter taste smell colour number weight price share rate sample chart table cause
    effect claim proof doubt guess model rule test answer reason order measure change growth store field season
"""
_WORDS = _TEXT.split()


def write_bank(folder: Path, questions: int, files: int, seed: int = 1) -> None:
    """A made-up course: five pillars, `files` questions files of all nine types, sections, facts, tags, quizzes."""
    chance = random.Random(seed)

    def words(low: int, high: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(low, high)))

    pillars = [f"p{number}" for number in range(1, 6)]
    facts = [f"fact-{number}" for number in range(200)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.yaml").write_text(
        "source: {author: A, title: T}\nfacts:\n"
        + "".join(
            f"  - {{id: {name}, claim: About {words(6, 12)}., firmness: stated, section: {chance.choice(pillars)}}}\n"
            for name in facts
        )
    )
    course = ["id: big", "title: A big bank", "ledger: ledger.yaml", "pillars:"]
    course += [f"  - {{id: {name}, folder: {name}, title: Pillar {name}}}" for name in pillars]
    course += ["quizzes:"]
    for name in pillars:
        course += [f"  - id: quiz-{name}", f"    title: Quiz {name}", f"    pillar: {name}", "    draw:"]
        course += ["      - {count: 5, levels: [recall, understand]}", "      - {count: 5, tags: [t1, t2]}"]
    course += ["  - id: final", "    title: Final", "    kind: final", "    draw:"]
    course += [f"      - {{from: [{name}], count: 10}}" for name in pillars]
    (folder / "course.yaml").write_text("\n".join(course) + "\n")
    for name in pillars:
        (folder / name).mkdir(exist_ok=True)
        lesson = ["---", f"title: Pillar {name}", "hook: Why?", "---", ""]
        for number in range(8):
            lesson += [f"## Section {number} {{#s{number}}}", "", f"{words(60, 120)} [@{chance.choice(facts)}].", ""]
        (folder / name / "lesson.md").write_text("\n".join(lesson))
    each = questions // files
    for number in range(files):
        texts = ["questions:\n"]
        for place in range(each):
            texts.append(_question(f"q-{number}-{place}", words, chance, facts))
        path = folder / pillars[number % len(pillars)] / f"questions-{number:03}.yaml"
        path.write_text("".join(texts))


def _question(name: str, words: Callable[[int, int], str], chance: random.Random, facts: list[str]) -> str:
    kind = chance.choices(
        ("choice", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "cloze", "categorise"),
        (8, 2, 2, 2, 2, 1, 1, 1, 1),
    )[0]
    head = (
        f"  - id: {name}\n    type: {kind}\n    level: {chance.choice(('recall', 'understand', 'apply', 'analyse'))}\n"
        f"    difficulty: {chance.choice(('easy', 'medium', 'hard'))}\n"
        f"    tags: [t{chance.randint(1, 20)}, t{chance.randint(21, 40)}]\n    facts: [{chance.choice(facts)}]\n"
        f"    section: s{chance.randint(0, 7)}\n    stem: What about {words(8, 16)}?\n"
        f"    explanation: Because {words(12, 24)}.\n"
    )
    key = chance.randint(0, 3)
    marks = ["key: true, " if place == key else "" for place in range(4)]
    options = "".join(
        f"      - {{text: {words(3, 7)} {place}, {mark}feedback: It is {words(6, 12)}.}}\n"
        for place, mark in enumerate(marks)
    )
    tail = {
        "choice": f"    options:\n{options}",
        "multiple": f"    options:\n{options}",
        "true_false": "    answer: false\n    feedback:\n"
        f"      true: No, {words(5, 9)}.\n      false: So {words(5, 9)}.\n",
        "numeric": "    answer: 12.5\n    unit: cups\n    tolerance: {absolute: 0.5}\n"
        f"    wrong:\n      - {{value: 25, feedback: Half of {words(4, 8)}.}}\n",
        "short_text": f"    answers: [{words(1, 2)}]\n    distance: 0\n",
        "matching": "    pairs:\n"
        + "".join(f"      - {{left: {words(2, 3)} {n}, right: {words(3, 5)} {n}, feedback: Yes.}}\n" for n in range(4)),
        "ordering": "    items:\n" + "".join(f"      - {{text: {words(3, 6)} {n}}}\n" for n in range(5)),
        "cloze": f"    text: The {words(3, 6)} [[a]] and {words(3, 6)} [[b]].\n    blanks:\n"
        "      a:\n        options:\n"
        "          - {text: first, key: true}\n          - {text: second, feedback: No.}\n"
        f"      b: {{answers: [{words(1, 1)}]}}\n",
        "categorise": "    categories:\n      - {id: one, title: One}\n      - {id: two, title: Two}\n    items:\n"
        + "".join(
            f"      - {{text: {words(2, 5)} {n}, category: {('one', 'two')[n % 2]}, feedback: It is.}}\n"
            for n in range(4)
        ),
    }
    return head + tail[kind] + "\n"


def measured(action: Callable[[], object]) -> float:
    """Seconds of one run."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def floors(folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of the least that each situation needs, and the bytes of the bank."""
    import yaml

    paths = sorted(folder.rglob("*.yaml"))
    texts = [path.read_text() for path in paths]
    plain = json.dumps([yaml.load(text, Loader=yaml.CBaseLoader) for text in texts])
    loader = yaml.CBaseLoader
    least = {
        "cold": measured(lambda: [yaml.compose(text, Loader=loader) is None for text in texts]),
        "from the cache": measured(lambda: json.loads(plain)),
        "one file edited": min(measured(lambda: yaml.compose(texts[-1], Loader=loader)) for _ in range(3)),
        "nothing changed": min(measured(lambda: [os.stat(path) for path in paths]) for _ in range(5)),
    }
    return least, sum(len(text.encode()) for text in texts)


def figures(folder: Path, cache: Path) -> dict[str, float]:
    """Seconds for each of the three situations; the first two in fresh processes, imports not counted."""
    from webapp.content.folder_store import CourseStore

    program = (
        "import sys,time; from pathlib import Path; from webapp.content.course.loading import load_course; "
        "from webapp.content.questions.question_files import adapter; "
        "from webapp.content.questions.question_cache import code_version; "
        "adapter(); code_version(); s=time.perf_counter(); c=load_course(Path(sys.argv[1]), Path(sys.argv[2])); "
        "print(time.perf_counter()-s, len(c.questions))"
    )

    def fresh() -> float:
        command = [sys.executable, "-c", program, str(folder), str(cache)]
        out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
        return float(out.stdout.split()[0])

    result = {"cold": fresh(), "from the cache": min(fresh() for _ in range(3))}
    store = CourseStore(folder, cache)
    time.sleep(0.15)
    store.current()
    edited = sorted(folder.rglob("questions-*.yaml"))[3]
    times = []
    for turn in range(3):
        text = edited.read_text().replace("What about", f"And what about {turn}", 1)
        edited.write_text(text)
        os.utime(edited, (time.time() - 10 + turn, time.time() - 10 + turn))
        times.append(measured(store.current))
        assert f"And what about {turn}" in "".join(question.stem for question in store.current().questions)
        time.sleep(0.15)
        store.current()
    result["one file edited"] = min(times)
    result["nothing changed"] = min(measured(store.current) for _ in range(20))
    return result


FLOORS = {
    "cold": "PyYAML's bare C parser over the same texts",
    "from the cache": "json.loads of the same values",
    "one file edited": "the bare C parser over one file",
    "nothing changed": "a stat of each file",
}


def run(questions: int = 10_000, files: int = 100) -> dict[str, float]:
    """Prints and gives the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bank"
        write_bank(folder, questions, files)
        least, size = floors(folder)
        seconds = figures(folder, Path(name) / "cache")
    print(f"{questions:,} questions in {files} files, {size / 1e6:.1f} MB")
    for what, taken in seconds.items():
        target = f" (target {TARGETS[what]} s)" if what in TARGETS else ""
        print(f"{what:16} {taken * 1000:8.1f} ms{target}, {taken / least[what]:.1f} × {FLOORS[what]}")
    return seconds


def main() -> int:
    arguments = argparse.ArgumentParser(description="How fast a big bank is read.")
    arguments.add_argument("--questions", type=int, default=10_000)
    arguments.add_argument("--files", type=int, default=100)
    sizes = arguments.parse_args()
    if sizes.questions < 1_000 or not 4 <= sizes.files <= sizes.questions:
        arguments.error("the rules of the quizzes need at least 1,000 questions, and the edits at least 4 files")
    seconds = run(sizes.questions, sizes.files)
    return int(any(seconds[what] > target for what, target in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
