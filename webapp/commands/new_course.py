"""The course that `webapp bank new` writes: small, whole, and about how a course is made, so that it explains itself.

What is read of it by people is in English or German; a course in another language begins in English, which its author
replaces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

#: the words of the course by language; what they say is the same
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "A new course",
        "summary": "One short lesson on how this course is made, and a quiz about it.",
        "pillar": "How it is made",
        "short": "Made",
        "hook": "What is a course made of?",
        "term": "stem",
        "definition": "The part of a question that asks.",
        "remember": "A question tests one thing, and each wrong answer tells why it is wrong.",
        "parts-title": "Files and their parts",
        "parts": "A course is a folder of text files. The file `course.yaml` names its parts in order; each part has a "
        "folder with a lesson and its questions. Whoever changes a file changes the course, in the browser or in an "
        "editor.",
        "questions-title": "A good question",
        "questions": "A question begins with its [stem](term:stem). It asks for one thing. Every wrong answer "
        "is one that "
        "somebody might give, and says why it is wrong when it is chosen.",
        "check": "Who sees a question that says `draft: true`?",
        "check-key": "Staff only",
        "check-wrong": "Everybody",
        "check-why": "Learners meet it when it is published.",
        "quiz": "The quiz",
        "quiz-summary": "Five questions on the lesson, with feedback at the end.",
        "1-stem": "Where does a course say in which order its parts are read?",
        "1-key": "In `course.yaml`",
        "1-a": "In the names of the folders",
        "1-a-why": "Folders may have any name; the order of the list counts.",
        "1-b": "In each lesson",
        "1-b-why": "A lesson knows nothing of those beside it.",
        "1-why": "The file `course.yaml` lists the parts, and that list is the order.",
        "2-stem": "Which of these belong to a question?",
        "2-key": "A stem",
        "2-key2": "An explanation of the right answer",
        "2-a": "The name of the learner",
        "2-a-why": "A question is the same for everybody.",
        "2-b": "The pass mark",
        "2-b-why": "That is a matter of the quiz.",
        "2-why": "The stem asks and the explanation says why; the rest belongs to quizzes and people.",
        "3-stem": "A change of a file in an editor shows in the course without a restart.",
        "3-false": "The server notices files that change.",
        "3-why": "The server looks at its files, so that editing on disk and in the browser are the same.",
        "4-stem": "How many things should one question ask for?",
        "4-why": "One. Who fails a question about two things may know either.",
        "5-stem": "What is the part of a question called that asks?",
        "5-key": "stem",
        "5-why": "It is called the stem, as that of a plant: the answers hang on it.",
        "6-stem": "Put the making of a course in order.",
        "6-a": "Name a part in `course.yaml`",
        "6-b": "Write its lesson",
        "6-c": "Write questions on the lesson",
        "6-d": "Publish the quiz",
        "6-why": "The lesson comes first, because questions ask for what it teaches.",
        "readme": "# {title}\n\n"
        "- `course.yaml`: the title, the parts in order, the quizzes and the rules of the course\n"
        "- a folder for each part, with its lesson (`lesson.md`) and its questions (`questions.yaml`)\n\n"
        "Everything can be edited here or in the browser. To make it yours, change the words of the lesson and the "
        "questions; for another part, add a folder with both files and name it under `pillars`. What says "
        "`draft: true` "
        "is seen by staff only.\n\n"
        "    webapp bank check {folder}\n    webapp bank lint {folder}\n    WEBAPP_BANK={folder} webapp serve\n",
    },
    "de": {
        "title": "Ein neuer Kurs",
        "summary": "Eine kurze Lektion darüber, wie dieser Kurs gemacht ist, und ein Quiz dazu.",
        "pillar": "Wie er gemacht ist",
        "short": "Machart",
        "hook": "Woraus besteht ein Kurs?",
        "term": "Stamm",
        "definition": "Der Teil einer Frage, der fragt.",
        "remember": "Eine Frage prüft eine Sache, und jede falsche Antwort sagt, warum sie falsch ist.",
        "parts-title": "Dateien und ihre Teile",
        "parts": "Ein Kurs ist ein Ordner mit Textdateien. Die Datei `course.yaml` nennt seine Teile der "
        "Reihe nach; zu "
        "jedem gehört ein Ordner mit einer Lektion und ihren Fragen. Wer eine Datei ändert, ändert den Kurs, "
        "im Browser "
        "oder in einem Editor.",
        "questions-title": "Eine gute Frage",
        "questions": "Eine Frage beginnt mit ihrem [Stamm](term:stem). Sie fragt nach einer Sache. Jede "
        "falsche Antwort "
        "ist eine, die jemand geben könnte, und sagt, warum sie falsch ist, wenn sie gewählt wird.",
        "check": "Wer sieht eine Frage, die `draft: true` sagt?",
        "check-key": "Nur, wer lehrt",
        "check-wrong": "Alle",
        "check-why": "Lernende sehen sie, wenn sie veröffentlicht ist.",
        "quiz": "Das Quiz",
        "quiz-summary": "Fünf Fragen zur Lektion, mit Rückmeldung am Ende.",
        "1-stem": "Wo sagt ein Kurs, in welcher Reihenfolge seine Teile gelesen werden?",
        "1-key": "In `course.yaml`",
        "1-a": "In den Namen der Ordner",
        "1-a-why": "Ordner dürfen heißen, wie sie wollen; es zählt die Liste.",
        "1-b": "In jeder Lektion",
        "1-b-why": "Eine Lektion weiß nichts von denen neben ihr.",
        "1-why": "Die Datei `course.yaml` zählt die Teile auf, und das ist die Reihenfolge.",
        "2-stem": "Was davon gehört zu einer Frage?",
        "2-key": "Ein Stamm",
        "2-key2": "Eine Erklärung der richtigen Antwort",
        "2-a": "Der Name des Lernenden",
        "2-a-why": "Eine Frage ist für alle dieselbe.",
        "2-b": "Die Bestehensgrenze",
        "2-b-why": "Das ist Sache des Quiz.",
        "2-why": "Der Stamm fragt, die Erklärung sagt warum; der Rest gehört zu Quiz und Menschen.",
        "3-stem": "Wird eine Datei in einem Editor geändert, so zeigt es der Kurs ohne Neustart.",
        "3-false": "Der Server bemerkt Dateien, die sich ändern.",
        "3-why": "Der Server sieht nach seinen Dateien; im Browser und auf der Platte zu schreiben ist dasselbe.",
        "4-stem": "Nach wie vielen Sachen soll eine Frage fragen?",
        "4-why": "Nach einer. Wer an einer Frage nach zweien scheitert, kann jede von beiden wissen.",
        "5-stem": "Wie heißt der Teil einer Frage, der fragt?",
        "5-key": "Stamm",
        "5-why": "Er heißt Stamm, wie bei einem Baum: An ihm hängen die Antworten.",
        "6-stem": "Bringe in Ordnung, wie ein Kurs entsteht.",
        "6-a": "Einen Teil in `course.yaml` nennen",
        "6-b": "Seine Lektion schreiben",
        "6-c": "Fragen zur Lektion schreiben",
        "6-d": "Das Quiz veröffentlichen",
        "6-why": "Zuerst kommt die Lektion, denn die Fragen fragen nach dem, was sie lehrt.",
        "readme": "# {title}\n\n"
        "- `course.yaml`: der Titel, die Teile der Reihe nach, die Quiz und die Regeln des Kurses\n"
        "- ein Ordner für jeden Teil, mit seiner Lektion (`lesson.md`) und seinen Fragen (`questions.yaml`)\n\n"
        "Alles lässt sich hier oder im Browser bearbeiten. Um den Kurs zu deinem zu machen, ändere die Worte "
        "der Lektion "
        "und der Fragen; für einen weiteren Teil lege einen Ordner mit beiden Dateien an und nenne ihn unter "
        "`pillars`. "
        "Was `draft: true` sagt, sieht nur, wer lehrt.\n\n"
        "    webapp bank check {folder}\n    webapp bank lint {folder}\n    WEBAPP_BANK={folder} webapp serve\n",
    },
}

_COURSE = """\
# The course: its parts, in order, and the quizzes drawn from its questions.
id: {id}
title: {title}
language: {language}
summary: {summary}

pillars:
  - {{id: start, folder: 1-start, title: {pillar}, short: {short}}}

# Rules that a course may set itself; `webapp bank lint` holds those that are on.
rules:
  fact_for_each_question: false
  source_for_each_number: false
  section_for_each_question: false

quizzes:
  - id: start
    title: {quiz}
    kind: quiz
    pillar: start
    summary: {quiz-summary}
    draw:
      - {{from: [start], count: 5}}
"""

_LESSON = """\
---
title: {pillar}
pillar: start
hook: {hook}
terms:
  - id: stem
    term: {term}
    definition: {definition}
remember:
  - {remember}
---
## {parts-title} {{#parts}}

{parts}

## {questions-title} {{#questions}}

{questions}

```check
type: choice
stem: {check}
options:
  - {{text: {check-key}, key: true}}
  - {{text: {check-wrong}, feedback: {check-why}}}
```
"""

_QUESTIONS = """\
questions:
  - id: start-order-of-parts
    type: choice
    stem: {1-stem}
    level: recall
    section: parts
    options:
      - {{text: {1-a}, feedback: {1-a-why}}}
      - {{text: {1-key}, key: true}}
      - {{text: {1-b}, feedback: {1-b-why}}}
    explanation: {1-why}

  - id: start-parts-of-question
    type: multiple
    stem: {2-stem}
    level: understand
    section: questions
    options:
      - {{text: {2-key}, key: true}}
      - {{text: {2-a}, feedback: {2-a-why}}}
      - {{text: {2-key2}, key: true}}
      - {{text: {2-b}, feedback: {2-b-why}}}
    explanation: {2-why}

  - id: start-no-restart
    type: true_false
    stem: {3-stem}
    level: understand
    section: parts
    answer: true
    feedback:
      false: {3-false}
    explanation: {3-why}

  - id: start-one-thing
    type: numeric
    stem: {4-stem}
    level: understand
    section: questions
    answer: 1
    explanation: {4-why}

  - id: start-word-for-stem
    type: short_text
    stem: {5-stem}
    level: recall
    section: questions
    answers:
      - {5-key}
    explanation: {5-why}

  - id: start-making-a-course
    type: ordering
    stem: {6-stem}
    level: apply
    section: parts
    items:
      - {{text: {6-a}}}
      - {{text: {6-b}}}
      - {{text: {6-c}}}
      - {{text: {6-d}}}
    explanation: {6-why}
"""


def new_course(course_id: str, title: str, language: str, folder: str) -> dict[str, str]:
    """The text of each file of a new course by its path. `title` may be empty; `folder` is named in its README."""
    words = dict(_WORDS["de" if language.split("-")[0] == "de" else "en"])
    words["title"] = title or words["title"]
    # JSON's quotes are YAML's, so that a text may hold a colon, a quote or a bracket.
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in words.items()}
    prose = {name: words[name] for name in ("parts-title", "parts", "questions-title", "questions")}
    return {
        "course.yaml": _COURSE.format(**quoted | {"id": course_id, "language": language}),
        "1-start/lesson.md": _LESSON.format(**quoted | prose),
        "1-start/questions.yaml": _QUESTIONS.format(**quoted),
        "README.md": words["readme"].format(title=words["title"], folder=folder),
    }
