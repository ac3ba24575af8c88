"""First aid: a picture to point into and to label, a video, things to put in order.

What is taught follows the guidelines of the European Resuscitation Council for basic life support and first aid.
"""

from __future__ import annotations

from typing import Any

from tests.walks.plan import Lesson, Medium, PillarForm, QuestionForm, QuizForm, Walk

TORSO = Medium(
    "torso.png",
    "A person from the front, from the head to below the navel, with bare chest. The collarbones, the breastbone, "
    "the lower edge of the ribs and the navel are drawn.",
)
RHYTHM = Medium(
    "rhythm.mp4",
    "Eleven chest compressions in six seconds: the rhythm of 110 a minute",
    words=(
        "WEBVTT\n\n"
        "00:00.000 --> 00:02.000\n"
        "Two hands, one on the other, with straight arms press on the chest of a person who lies on the back: one, "
        "two, three.\n\n"
        "00:02.000 --> 00:04.000\n"
        "The chest comes all the way up each time: four, five, six, seven.\n\n"
        "00:04.000 --> 00:06.000\n"
        "Eight, nine, ten, eleven.\n"
    ),
)

LESSON = Lesson(
    head={
        "title": "Before the ambulance comes",
        "hook": "Somebody lies on the floor and does not answer. What do you do in the next ten seconds?",
        "terms": [
            {
                "id": "gasping",
                "term": "Gasping",
                "definition": "Single, slow, often noisy breaths with long gaps, which can go on for minutes after "
                "the heart has stopped.",
            },
            {
                "id": "aed",
                "term": "AED",
                "definition": "Automated external defibrillator: a device that says what to do, and gives a shock "
                "only where one can help.",
            },
        ],
        "summary": [
            "No answer, but breathing normally: onto the side, and go on watching.",
            "No answer, and no normal breathing: press hard and fast in the middle of the chest.",
            "Switch on a defibrillator as soon as there is one, and do what it says.",
        ],
        "remember": ["The middle of the chest, 5 to 6 cm deep, 100 to 120 times a minute, 30 to 2."],
    },
    text=(
        "Each minute without help makes it less likely that a person whose heart has stopped survives. The ambulance "
        "needs several. You are there now.\n\n"
        "## Look {#look}\n\n"
        "Is it safe for you to go there? Then shake the shoulders gently and ask loudly: are you all right? If "
        "nobody answers, call 112, with the phone on loudspeaker beside you, and send somebody for a "
        "defibrillator.\n\n"
        "Tilt the head back with a hand on the forehead, and lift the chin. Look, listen and feel for breath, for "
        "ten seconds at most. Quiet, regular breaths are normal. [Gasping](term:gasping) is **not** breathing: it is "
        "a sign that the heart has stopped. If you are not sure, take it for not normal. A pulse is not looked for; "
        "that costs time, and fingers are easily wrong.\n\n"
        "## Onto the side {#side}\n\n"
        "Who does not answer but breathes normally lies safest on the side: the tongue can't fall back, and what "
        "comes up runs out.\n\n"
        "1. Kneel beside the person, who lies on the back with straight legs.\n"
        "2. Lay the arm that is nearer to you at a right angle, with the palm up.\n"
        "3. Bring the far arm across the chest, and hold the back of its hand against the cheek on your side.\n"
        "4. With your other hand pull up the far leg above the knee, with the foot on the ground.\n"
        "5. Pull on that leg to roll the person towards you, with the hand still at the cheek.\n"
        "6. Tilt the head back, with the mouth pointing down, and go on watching the breath.\n\n"
        "## Press {#press}\n\n"
        "No answer and no normal breathing: begin to press at once. The person lies on the back, on something firm. "
        "Put the heel of one hand on the middle of the chest, which is the lower half of the breastbone, and the "
        "other hand on it. With straight arms press down at least 5 cm and not more than 6 cm, and let the chest "
        "come all the way up each time: 100 to 120 times a minute. Thirty times, then two breaths, and on.\n\n",
        RHYTHM,
        "\n\n"
        "Who cannot give breaths, or would rather not, goes on pressing without them. That is far better than to "
        "wait.\n\n"
        "## Let the machine decide {#aed}\n\n"
        "An [AED](term:aed) speaks. Switch it on and do as it says, while somebody goes on pressing. One pad goes "
        "below the right collarbone, the other onto the left side of the chest, below the armpit. Nobody touches the "
        "person while it looks at the heart, or gives a shock. Right after that go on pressing, until help comes or "
        "the person breathes normally.\n\n"
        "*After the guidelines of the European Resuscitation Council for basic life support and first aid.*\n",
    ),
)


def one_too_many(question: Any) -> dict[str, Any]:
    """All that is right, and one thing that is not."""
    right = [name for name, option in zip("abcd", question.options, strict=True) if option.key]
    wrong = next(name for name, option in zip("abcd", question.options, strict=True) if not option.key)
    return {"options": [*right, wrong]}


QUESTIONS = (
    QuestionForm(
        "multiple",
        (
            ("Question", "In which of these cases do you begin to press on the chest? Choose each."),
            (("Answer 1", "Text"), "No answer, and no breath to be seen, heard or felt"),
            (("Answer 1", "This is right"), True),
            (("Answer 1", "Feedback"), "Without breath no time is to be lost."),
            (("Answer 2", "Text"), "No answer, and a single noisy breath now and then"),
            (("Answer 2", "This is right"), True),
            (("Answer 2", "Feedback"), "That is gasping, and the heart has stopped."),
            (("Answer 3", "Text"), "No answer, and quiet, regular breaths"),
            (("Answer 3", "Feedback"), "This person breathes normally, and belongs on the side."),
            (("Answer 4", "Text"), "Pale and in a cold sweat, and complaining of pain in the chest"),
            (("Answer 4", "Feedback"), "Who speaks has a heart that beats. Call 112, and stay there."),
            ("Explanation", "No answer and no normal breathing: both together call for compressions."),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Before the ambulance comes: Look"),
        ),
        mistake=one_too_many,
    ),
    QuestionForm(
        "ordering",
        (
            ("Question", "Somebody breathes normally and does not answer. Put the way onto the side in order."),
            (("Thing 1", "Text"), "Lay the nearer arm at a right angle"),
            (("Thing 1", "Feedback"), "Later it would be under the person."),
            (("Thing 2", "Text"), "Hold the far hand against the cheek on your side"),
            (("Thing 2", "Feedback"), "It carries the head while the person rolls."),
            (("Thing 3", "Text"), "Pull up the far leg above the knee"),
            (("Thing 3", "Feedback"), "The leg is the lever by which you roll."),
            (("Thing 4", "Text"), "Roll the person towards you"),
            (("Thing 5", "Text"), "Tilt the head back, with the mouth pointing down"),
            (("Thing 5", "Feedback"), "Only on the side does this keep the airway open and let things run out."),
            ("Beginning of the order", "first"),
            ("End of the order", "last"),
            ("Explanation", "Arm, hand, leg, roll, head: each step makes the next one possible."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Before the ambulance comes: Onto the side"),
        ),
    ),
    QuestionForm(
        "hotspot",
        (
            ("Question", "Point at the place where the heel of your hand goes for chest compressions."),
            ("Picture", TORSO),
            (("Place 1", "Text"), "In the middle, just below the collarbones"),
            (("Place 1", "Feedback"), "Too high: here the ribs hold against you, and the heart lies lower."),
            (("Place 1", "A circle", "From the left"), "50"),
            (("Place 1", "A circle", "From the top"), "37"),
            (("Place 1", "A circle", "Radius"), "5"),
            (("Place 2", "Text"), "In the middle, above the lower end of the breastbone"),
            (("Place 2", "This is right"), True),
            (("Place 2", "Feedback"), "The lower half of the breastbone: the heart lies right under it."),
            (("Place 2", "A circle", "From the left"), "50"),
            (("Place 2", "A circle", "From the top"), "52"),
            (("Place 2", "A circle", "Radius"), "6"),
            (("Place 3", "Text"), "On the right in the picture, on the side of the chest"),
            (
                ("Place 3", "Feedback"),
                "The heart is felt on the left, and lies in the middle. Here ribs would break for nothing.",
            ),
            (("Place 3", "A circle", "From the left"), "62"),
            (("Place 3", "A circle", "From the top"), "52"),
            (("Place 3", "A circle", "Radius"), "5"),
            (("Place 4", "Text"), "In the middle, between the ribs and the navel"),
            (("Place 4", "Feedback"), "That is the stomach: no blood is moved, and what is in it comes up."),
            (("Place 4", "A circle", "From the left"), "50"),
            (("Place 4", "A circle", "From the top"), "70"),
            (("Place 4", "A circle", "Radius"), "6"),
            (
                "Explanation",
                "On the lower half of the breastbone the chest gives way evenly, with the heart right under it.",
            ),
            ("What it asks of the learner", "recall"),
            ("Section that teaches it", "Before the ambulance comes: Press"),
        ),
    ),
    QuestionForm(
        "choice",
        (
            ("Question", "You press on the chest of an adult. How deep, and how fast?"),
            (("Answer 1", "Text"), "3 to 4 cm deep, 100 to 120 times a minute"),
            (("Answer 1", "Feedback"), "The rhythm is right; so shallow hardly any blood moves."),
            (("Answer 2", "Text"), "5 to 6 cm deep, 60 to 80 times a minute"),
            (
                ("Answer 2", "Feedback"),
                "The depth is right. That is how fast a heart beats at rest, and too slow for hands.",
            ),
            (("Answer 3", "Text"), "5 to 6 cm deep, 100 to 120 times a minute"),
            (("Answer 3", "This is right"), True),
            (("Answer 3", "Feedback"), "Nearly two each second."),
            (
                "Explanation",
                "At least 5 cm, so that blood moves, and at most 6 cm, so that less breaks; nearly two each second.",
            ),
            ("What it asks of the learner", "recall"),
            ("Section that teaches it", "Before the ambulance comes: Press"),
        ),
    ),
    QuestionForm(
        "numeric",
        (
            (
                "Question",
                "Before two breaths come the compressions. How long do they take, at <<rate>> a minute?",
            ),
            ("Right answer", "<<seconds>>"),
            ("Unit", "seconds"),
            (("Tolerance", "By this much"), "1"),
            (("Wrong answer 1", "Number"), "<<round(900 / rate, 1)>>"),
            (
                ("Wrong answer 1", "Feedback"),
                "That is fifteen compressions, as with children by those who are trained for it.",
            ),
            ("Explanation", "Thirty at <<rate>> a minute: $30 \\cdot 60 / <<rate>> \\approx <<seconds>>$ seconds."),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Before the ambulance comes: Press"),
            (("Parameter 1", "Name"), "rate"),
            (("Parameter 1", "Parameter"), "100, 110, 120"),
            (("Parameter 2", "Name"), "seconds"),
            (("Parameter 2", "Parameter"), "= round(1800 / rate, 1)"),
        ),
        mistake=lambda question: {"text": f"{question.wrong[0].value:f}"},
    ),
    QuestionForm(
        "true_false",
        (
            (
                "Question",
                "Who would rather not give breaths should wait for the ambulance, and not press on the chest.",
            ),
            ("Right answer", "False"),
            (
                "To those who say “true”",
                "There is still oxygen in the blood. Pressing takes it to the brain; waiting does not.",
            ),
            ("To those who say “false”", "Compressions alone are far better than nothing."),
            ("Explanation", "Compressions without breaths still move blood with oxygen in it."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "Before the ambulance comes: Press"),
        ),
    ),
    QuestionForm(
        "label",
        (
            ("Question", "A defibrillator is there. What goes where? One place stays empty."),
            ("Picture", TORSO),
            (("Label 1", "Text"), "A pad"),
            (("Label 2", "Text"), "The hands that press"),
            (("Label 3", "Text"), "Two fingers, to feel the pulse"),
            (("Place 1", "Text"), "Upper left in the picture, below the collarbone"),
            (("Place 1", "From the left"), "39"),
            (("Place 1", "From the top"), "41"),
            (("Place 1", "Its label"), "A pad"),
            (("Place 1", "Feedback"), "Below the right collarbone of the person."),
            (("Place 2", "Text"), "On the right in the picture, at the side below the armpit"),
            (("Place 2", "From the left"), "67"),
            (("Place 2", "From the top"), "57"),
            (("Place 2", "Its label"), "A pad"),
            (("Place 2", "Feedback"), "On the left side of the person: so the heart lies between the pads."),
            (("Place 3", "Text"), "In the middle, at the lower end of the breastbone"),
            (("Place 3", "From the left"), "50"),
            (("Place 3", "From the top"), "52"),
            (("Place 3", "Its label"), "The hands that press"),
            (("Place 3", "Feedback"), "The pads leave room for the hands."),
            (("Place 4", "Text"), "At the throat"),
            (("Place 4", "From the left"), "50"),
            (("Place 4", "From the top"), "28"),
            (("Place 4", "Feedback"), "Nobody feels for a pulse: it takes time, and fingers are easily wrong."),
            (
                "Explanation",
                "A pad below the right collarbone, a pad at the left side, and hands in the middle between them.",
            ),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Before the ambulance comes: Let the machine decide"),
        ),
    ),
    QuestionForm(
        "choice",
        (
            ("Question", "“Analysing the heart rhythm”, says the defibrillator. What do you do?"),
            (("Answer 1", "Text"), "I go on pressing, so that no second is lost"),
            (("Answer 1", "Feedback"), "The device would take your pressing for the heart."),
            (("Answer 2", "Text"), "I see to it that nobody touches the person"),
            (("Answer 2", "This is right"), True),
            (("Answer 2", "Feedback"), "Whatever moves the person disturbs what it hears."),
            (("Answer 3", "Text"), "I use the time to give two breaths"),
            (("Answer 3", "Feedback"), "Breaths move the chest, and the device would not hear the heart."),
            (
                "Explanation",
                "While it looks at the heart, and while it gives a shock, all hands are off. Then press again at once.",
            ),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "Before the ambulance comes: Let the machine decide"),
        ),
    ),
)

WALK = Walk(
    title="First aid",
    language="en",
    subtitle="Before the ambulance comes",
    summary="What to do when somebody does not answer: look, turn onto the side, press, and let a machine help.",
    pillars=(PillarForm("Before the ambulance comes", LESSON, QUESTIONS, short="Until help comes"),),
    quiz=QuizForm(
        "What do you do?",
        (
            ("Summary", "Eight questions. Nobody is hurt."),
            ("Pillar", "Before the ambulance comes"),
            ("Shuffle the questions", "No"),
            ("When answers are shown", "When it is handed in"),
        ),
    ),
    result="6.75 of 8 points",
)
