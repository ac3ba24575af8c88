"""Falling and throwing: formulas, values that differ from paper to paper, two pictures."""

from __future__ import annotations

from typing import Any

from tests.walks.plan import Lesson, Medium, PillarForm, QuestionForm, QuizForm, Walk

BALLS = Medium(
    "throw.png",
    "Two balls, drawn every tenth of a second. One is dropped, the other thrown sideways. At each moment both are at "
    "the same height, and the gaps between the heights grow; the second ball gets further by the same distance each "
    "time.",
)
ARROWS = Medium(
    "arrows.png",
    "A ball on its way down from a table, on a curved path. Three arrows begin at it: one to the right, one along "
    "the path, one straight down.",
)

LESSON = Lesson(
    head={
        "title": "Falling and throwing",
        "hook": "One ball is dropped, another thrown sideways from the same height. Which lands first?",
        "terms": [
            {"id": "free-fall", "term": "Free fall", "definition": "A fall in which nothing but gravity acts."},
            {
                "id": "acceleration",
                "term": "Acceleration",
                "definition": "How fast a velocity changes, in metres per second for each second.",
            },
        ],
        "summary": [
            "Near the ground everything gains 9.8 m/s in each second of its fall, where air does not matter.",
            "A throw is a fall and a steady movement sideways, and neither disturbs the other.",
        ],
        "remember": [
            "Mass is in none of these formulas.",
            "At the top of a throw the velocity is zero; the acceleration is not.",
        ],
    },
    text=(
        "On 2 August 1971 David Scott stood on the Moon, with a hammer in one hand and a feather in the other, and "
        "let go of both. They landed together. On Earth air holds the feather back. Take the air away, and a feather "
        "falls like a hammer here, too.\n\n"
        "## Falling {#falling}\n\n"
        "In [free fall](term:free-fall) the [acceleration](term:acceleration) is the same for everything. Near the "
        "ground of the Earth it is about $g = 9.8\\,\\mathrm{m/s^2}$: each second adds 9.8 m/s to the velocity. "
        "Whatever falls from rest reaches, after a time $t$, a velocity $v$, and has fallen by a height $h$:\n\n"
        "$$v = g\\,t \\qquad\\qquad h = \\frac{1}{2}\\,g\\,t^2$$\n\n"
        "Why the half? The velocity grows evenly from $0$ to $g\\,t$, so its mean is $\\frac{1}{2}\\,g\\,t$, and "
        "that for a time $t$ is the height.\n\n"
        "| after | velocity | height fallen |\n"
        "|---|---|---|\n"
        "| 1 s | 9.8 m/s | 4.9 m |\n"
        "| 2 s | 19.6 m/s | 19.6 m |\n"
        "| 3 s | 29.4 m/s | 44.1 m |\n\n"
        "Twice the time is twice the velocity, and four times the height. The other way round, a height tells the "
        "time:\n\n"
        "$$t = \\sqrt{2h/g}$$\n\n"
        "## Throwing sideways {#sideways}\n\n",
        BALLS,
        "\n\n"
        "Both balls are at the same height at each moment, so they land together. Sideways nothing pushes the ball "
        "once it has left the hand: that part of its velocity, $v_x$, stays as it is. Downwards it falls as if it "
        "had been dropped.\n\n"
        "$$x = v_x\\,t \\qquad\\qquad h = \\frac{1}{2}\\,g\\,t^2$$\n\n"
        "It is tempting to think that the force of the throw travels along with the ball. It does not. The hand gave "
        "it a velocity; from then on only its weight acts, straight down.\n\n"
        "## Throwing upwards {#upwards}\n\n"
        "On the way up a ball loses 9.8 m/s in each second, on the way down it gains them. At the top it stands "
        "still for a moment, and its velocity is changing all the while: the acceleration is $g$, downwards, there "
        "as everywhere. Thrown with $v_0$ it is at the top after $t = \\frac{v_0}{g}$, at a height of\n\n"
        "$$h = \\frac{v_0^2}{2g}$$\n",
    ),
)


def first_foreseen(question: Any) -> dict[str, Any]:
    """The first of the wrong numbers that the question foresees."""
    return {"text": f"{question.wrong[0].value:f}"}


QUESTIONS = (
    QuestionForm(
        "choice",
        (
            (
                "Question",
                "One ball is dropped from a height of <<height>> m. At the same moment another is thrown sideways "
                "from the same height, at <<speed>> m/s. Leave the air out. Which of them is first on the ground?",
            ),
            (("Answer 1", "Text"), "The one that is dropped"),
            (("Answer 1", "Feedback"), "Its way is shorter, and it is no faster downwards than the other one."),
            (("Answer 2", "Text"), "The one that is thrown"),
            (("Answer 2", "Feedback"), "It is faster, but only sideways. Downwards it begins at rest."),
            (("Answer 3", "Text"), "Neither: they land together"),
            (("Answer 3", "This is right"), True),
            (("Answer 3", "Feedback"), "Downwards both fall alike."),
            ("Explanation", "Both fall for $t = \\sqrt{2h/g}$, and the speed sideways is not in it."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Falling and throwing: Throwing sideways"),
            (("Parameter 1", "Name"), "height"),
            (("Parameter 1", "Parameter"), "2 to 5"),
            (("Parameter 2", "Name"), "speed"),
            (("Parameter 2", "Parameter"), "6 to 12 step 2"),
        ),
    ),
    QuestionForm(
        "choice",
        (
            (
                "Question",
                "Which formula gives the time in which a stone falls from a height $h$, if it begins at rest?",
            ),
            (("Answer 1", "Text"), "$t = \\sqrt{2h/g}$"),
            (("Answer 1", "This is right"), True),
            (("Answer 1", "Feedback"), "It is $h = \\frac{1}{2}\\,g\\,t^2$, solved for $t$."),
            (("Answer 2", "Text"), "$t = \\sqrt{h/(2g)}$"),
            (("Answer 2", "Feedback"), "The half has come to the wrong side: to be rid of it, multiply by 2."),
            (("Answer 3", "Text"), "$t = 2h/g$"),
            (("Answer 3", "Feedback"), "This has the unit $\\mathrm{s^2}$. The root is missing."),
            (
                "Explanation",
                "From $h = \\frac{1}{2}\\,g\\,t^2$ follows $t^2 = \\frac{2h}{g}$, and $t$ is the root of it.",
            ),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Falling and throwing: Falling"),
        ),
        mistake=lambda question: {"option": "c"},
    ),
    QuestionForm(
        "numeric",
        (
            (
                "Question",
                "A stone falls from a bridge and meets the water after <<time>> s. How high is the bridge? Leave the "
                "air out, and use $g = 9.8\\,\\mathrm{m/s^2}$.",
            ),
            ("Right answer", "<<height>>"),
            ("Unit", "m"),
            (("Unit 1", "Unit"), "cm"),
            (("Unit 1", "Factor"), "0.01"),
            (("Tolerance", "By this share"), "0.02"),
            (("Wrong answer 1", "Number"), "<<sig(9.8 * time^2, 3)>>"),
            (("Wrong answer 1", "Feedback"), "The half is missing: the stone had its last velocity only at the end."),
            (("Wrong answer 2", "Number"), "<<sig(9.8 * time, 3)>>"),
            (("Wrong answer 2", "Feedback"), "That is how fast it meets the water, in metres per second."),
            ("Explanation", "$h = \\frac{1}{2} \\cdot 9.8 \\cdot <<time>>^2 \\approx <<height>>$, in metres."),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Falling and throwing: Falling"),
            (("Parameter 1", "Name"), "time"),
            (("Parameter 1", "Parameter"), "1.2 to 3 step 0.2"),
            (("Parameter 2", "Name"), "height"),
            (("Parameter 2", "Parameter"), "= sig(9.8 * time^2 / 2, 3)"),
            (("Comparison 1", "Comparison"), "time != 2"),
        ),
        mistake=first_foreseen,
    ),
    QuestionForm(
        "numeric",
        (
            (
                "Question",
                "A ball rolls over the edge of a table at <<speed>> m/s. The table is <<height>> m high. How far "
                "from its foot does the ball land, if you leave the air out? Use $g = 9.8\\,\\mathrm{m/s^2}$.",
            ),
            ("Right answer", "<<distance>>"),
            ("Unit", "m"),
            (("Unit 1", "Unit"), "cm"),
            (("Unit 1", "Factor"), "0.01"),
            (("Tolerance", "By this share"), "0.03"),
            (("Wrong answer 1", "Number"), "<<sig(speed * 2 * height / 9.8, 2)>>"),
            (("Wrong answer 1", "Feedback"), "You took $\\frac{2h}{g}$ for the time. That is its square."),
            (
                "Explanation",
                "It falls for $t = \\sqrt{2 \\cdot <<height>> / 9.8} \\approx <<sig(sqrt(2 * height / 9.8), 2)>>$ "
                "seconds, and goes $x = v_x\\,t \\approx <<distance>>$ metres meanwhile.",
            ),
            ("What it asks of the learner", "apply"),
            ("Difficulty", "hard"),
            ("Section that teaches it", "Falling and throwing: Throwing sideways"),
            (("Hint 1", "Hint"), "How long does it fall? That does not depend on how fast it rolls."),
            (("Parameter 1", "Name"), "speed"),
            (("Parameter 1", "Parameter"), "1.5 to 3 step 0.5"),
            (("Parameter 2", "Name"), "height"),
            (("Parameter 2", "Parameter"), "0.7, 0.8, 0.9, 1.1"),
            (("Parameter 3", "Name"), "distance"),
            (("Parameter 3", "Parameter"), "= sig(speed * sqrt(2 * height / 9.8), 3)"),
        ),
    ),
    QuestionForm(
        "choice",
        (
            (
                "Question",
                "A ball is thrown straight up at <<speed>> m/s. How high does it rise above the hand, if you leave "
                "the air out?",
            ),
            (
                ("Answer 1", "Text"),
                "$\\dfrac{<<speed>>^2}{2 \\cdot 9.8}\\,\\mathrm{m} \\approx <<sig(speed^2 / 19.6, 2)>>\\,\\mathrm{m}$",
            ),
            (("Answer 1", "This is right"), True),
            (("Answer 1", "Feedback"), "On the way up its mean velocity is half of that at the start."),
            (
                ("Answer 2", "Text"),
                "$\\dfrac{<<speed>>^2}{9.8}\\,\\mathrm{m} \\approx <<sig(speed^2 / 9.8, 2)>>\\,\\mathrm{m}$",
            ),
            (("Answer 2", "Feedback"), "So high it would get if it kept its first velocity all the way to the top."),
            (
                ("Answer 3", "Text"),
                "$\\dfrac{<<speed>>}{9.8}\\,\\mathrm{m} \\approx <<sig(speed / 9.8, 2)>>\\,\\mathrm{m}$",
            ),
            (("Answer 3", "Feedback"), "That is the time to the top, in seconds."),
            ("Explanation", "It rises for $t = v_0 / g$ at a mean of $v_0 / 2$, which makes $h = \\frac{v_0^2}{2g}$."),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Falling and throwing: Throwing upwards"),
            (("Parameter 1", "Name"), "speed"),
            (("Parameter 1", "Parameter"), "5 to 14"),
        ),
    ),
    QuestionForm(
        "label",
        (
            ("Question", "A ball is in the air. Put each name onto the tip of its arrow; the air is left out."),
            ("Picture", ARROWS),
            (("Place 1", "Text"), "The tip of the arrow to the right"),
            (("Place 1", "From the left"), "68"),
            (("Place 1", "From the top"), "35"),
            (("Place 1", "Feedback"), "This part of the velocity stays as it is."),
            (("Place 2", "Text"), "The tip of the arrow along the path"),
            (("Place 2", "From the left"), "68"),
            (("Place 2", "From the top"), "55"),
            (("Place 2", "Feedback"), "A velocity always lies along the path."),
            (("Place 3", "Text"), "The tip of the arrow straight down"),
            (("Place 3", "From the left"), "49.5"),
            (("Place 3", "From the top"), "63"),
            (("Place 3", "Feedback"), "Its weight pulls straight down, wherever the ball goes."),
            (("Label 1", "Text"), "Velocity"),
            (("Label 2", "Text"), "Velocity sideways, $v_x$"),
            (("Label 3", "Text"), "Weight"),
            (("Label 4", "Text"), "Force of the throw"),
            (("Place 1", "Its label"), "Velocity sideways, $v_x$"),
            (("Place 2", "Its label"), "Velocity"),
            (("Place 3", "Its label"), "Weight"),
            ("Explanation", "The hand no longer acts on the ball, so the only force on it is its weight."),
            ("What it asks of the learner", "analyse"),
            ("Section that teaches it", "Falling and throwing: Throwing sideways"),
        ),
    ),
    QuestionForm(
        "matching",
        (
            ("Question", "A ball is thrown sideways from a tower. What does each of these do while it falls?"),
            (("Pair 1", "Thing"), "The velocity sideways"),
            (("Pair 1", "Its match"), "stays the same"),
            (("Pair 1", "Feedback"), "Nothing pushes or pulls sideways."),
            (("Pair 2", "Thing"), "The velocity downwards"),
            (("Pair 2", "Its match"), "grows evenly"),
            (("Pair 2", "Feedback"), "Each second adds the same."),
            (("Pair 3", "Thing"), "The height that it has fallen"),
            (("Pair 3", "Its match"), "grows with the square of the time"),
            (("Pair 3", "Feedback"), "In twice the time it falls four times as far."),
            (("Extra match 1", "Text"), "gets smaller evenly"),
            ("Explanation", "$v_x$ is constant, $v_y = g\\,t$, and $h = \\frac{1}{2}\\,g\\,t^2$."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Falling and throwing: Throwing sideways"),
        ),
    ),
    QuestionForm(
        "true_false",
        (
            ("Question", "At the top of its path, a ball that was thrown straight up has no acceleration."),
            ("Right answer", "False"),
            ("To those who say “true”", "It has no velocity there. If it had no acceleration, it would stay up."),
            ("To those who say “false”", "Its velocity goes from up to down there, so it changes."),
            ("Explanation", "The acceleration is $g$, downwards, all the way up and down."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Falling and throwing: Throwing upwards"),
        ),
    ),
)

WALK = Walk(
    title="Physics",
    language="en",
    subtitle="Falling and throwing",
    summary="How things fall, why mass does not matter, and what a throw has to do with it.",
    pillars=(PillarForm("Falling and throwing", LESSON, QUESTIONS, short="Falling"),),
    quiz=QuizForm(
        "Falling and throwing: the quiz",
        (
            ("Summary", "Eight questions, with other numbers on each paper."),
            ("Pillar", "Falling and throwing"),
            ("Shuffle the questions", "No"),
            ("When answers are shown", "When it is handed in"),
        ),
    ),
    result="6 of 8 points",
)
