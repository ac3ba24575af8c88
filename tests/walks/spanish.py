"""Spanish for beginners who speak English: a recording, accents that count or don't, an answer right in several ways.

The voice in the recordings is that of eSpeak, a synthesiser.
"""

from __future__ import annotations

from tests.walks.plan import Lesson, Medium, PillarForm, QuestionForm, QuizForm, Walk

MARKET = Medium("market.mp3", "A customer at a market stall", listening=True)
PRICE = Medium(
    "price.mp3",
    "A seller says what it costs",
    words="WEBVTT\n\n00:00.000 --> 00:02.700\nSon dos euros con cincuenta.\n",
)

LESSON = Lesson(
    head={
        "title": "At the market",
        "hook": "You want a kilo of tomatoes, and “quiero” sounds like an order. What do you say?",
        "terms": [
            {
                "id": "stress",
                "term": "Stress",
                "definition": "The syllable of a word that is said with more force: ma-**ña**-na, *to-MOR-row*.",
            },
        ],
        "summary": [
            "“Quisiera”, “querría” and “me gustaría” ask politely; “quiero” is blunt.",
            "A written accent tells where the stress is, where the rules would put it elsewhere.",
            "One thing “cuesta”, several things “cuestan”.",
        ],
        "remember": ["¿Cuánto es? How much is it, all together?"],
    },
    text=(
        "At the market three things are worth knowing: how one asks, how the words sound, and what one pays.\n\n"
        "## Asking politely {#asking}\n\n"
        "[*Quiero un kilo de tomates*](lang:es) is understood at once, but it is blunt, like “I want” in "
        "English. Kinder are:\n\n"
        "- [*Quisiera un kilo de tomates.*](lang:es)\n"
        "- [*Querría un kilo de tomates.*](lang:es)\n"
        "- [*Me gustaría comprar un kilo de tomates.*](lang:es)\n"
        "- [*¿Me pone un kilo de tomates, por favor?*](lang:es), which one hears most at Spanish markets.\n\n"
        "Before a noun [*uno*](lang:es) loses its *o*: [*un kilo*](lang:es), [*un limón*](lang:es). Several are "
        "[*unos*](lang:es) or [*unas*](lang:es): [*unos limones*](lang:es), "
        "[*unas manzanas*](lang:es).\n\n"
        "## Where the stress is {#stress}\n\n"
        "A word that ends in a vowel, *n* or *s* has its [stress](term:stress) on the last syllable but one: "
        "[*na-ran-ja*](lang:es), [*to-ma-tes*](lang:es). Any other has it on the last: [*ha-blar*](lang:es), "
        "[*ciu-dad*](lang:es). A word that keeps to "
        "neither rule has an accent where its stress is: [*li-món*](lang:es), [*plá-ta-no*](lang:es), "
        "[*a-zú-car*](lang:es).\n\n"
        "Question words always have one: [*¿cuánto?*](lang:es), [*¿qué?*](lang:es), [*¿dónde?*](lang:es)\n\n"
        "## What it costs {#price}\n\n"
        "[*La lechuga cuesta un euro. Las naranjas cuestan dos euros.*](lang:es) For all that is in the bag one asks "
        "[*¿Cuánto es?*](lang:es), and hears:\n\n",
        PRICE,
        "\n",
    ),
)

QUESTIONS = (
    QuestionForm(
        "choice",
        (
            ("Question", ("Listen. What does the customer want?\n\n", MARKET)),
            (("Answer 1", "Text"), "A kilo of oranges"),
            (("Answer 1", "This is right"), True),
            (("Answer 1", "Feedback"), "[*Un kilo de naranjas*](lang:es)."),
            (("Answer 2", "Text"), "Half a kilo of oranges"),
            (("Answer 2", "Feedback"), "Half a kilo would be [*medio kilo*](lang:es)."),
            (("Answer 3", "Text"), "A kilo of apples"),
            (("Answer 3", "Feedback"), "Apples are [*manzanas*](lang:es)."),
            ("Explanation", "“Quisiera un kilo de naranjas, por favor.”"),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "At the market: Asking politely"),
        ),
    ),
    QuestionForm(
        "short_text",
        (
            ("Question", "Ask for a kilo of tomatoes, politely, in one sentence."),
            (("Right answer 1", "Text"), "Quisiera un kilo de tomates, por favor"),
            (
                ("Right answer 2", "Pattern"),
                "(quisiera|querría|me gustaría)( comprar)? (un|1) kilo de tomates(,? por favor)?",
            ),
            (("Right answer 3", "Pattern"), "(me pone|me da|póngame|deme) (un|1) kilo de tomates,? por favor"),
            (("Wrong answer 1", "Pattern"), "quiero (un|1) kilo de tomates(,? por favor)?"),
            (("Wrong answer 1", "Feedback"), "You would get your tomatoes. Politer is [*quisiera*](lang:es)."),
            (
                "Explanation",
                "[*Quisiera*](lang:es), [*querría*](lang:es), [*me gustaría*](lang:es) and [*¿me pone …, por "
                "favor?*](lang:es) are all good manners.",
            ),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "At the market: Asking politely"),
        ),
    ),
    QuestionForm(
        "short_text",
        (
            ("Question", "How is the Spanish word for “sugar” written? Its accent counts."),
            (("Right answer 1", "Text"), "azúcar"),
            (("Right answer 2", "Text"), "el azúcar"),
            ("Accents matter", True),
            (("Wrong answer 1", "Text"), "azucar"),
            (
                ("Wrong answer 1", "Feedback"),
                "It ends in *r*. Without an accent its stress would be on the last syllable.",
            ),
            (("Wrong answer 2", "Text"), "azucár"),
            (("Wrong answer 2", "Feedback"), "The accent stands where the stress is: on the *u*."),
            (
                "Explanation",
                "[*A-zú-car*](lang:es) ends in *r* and has its stress on the last syllable but one.",
            ),
            ("What it asks of the learner", "recall"),
            ("Section that teaches it", "At the market: Where the stress is"),
        ),
        mistake=lambda _question: {"text": "azucar"},
    ),
    QuestionForm(
        "short_text",
        (
            ("Question", "What is a lemon called in Spanish? Here the accent does not count."),
            (("Right answer 1", "Text"), "limón"),
            (("Right answer 2", "Text"), "el limón"),
            (("Right answer 3", "Text"), "un limón"),
            (("Wrong answer 1", "Text"), "lima"),
            (("Wrong answer 1", "Feedback"), "That is a lime."),
            ("Explanation", "[*Limón*](lang:es), and several are [*limones*](lang:es), without an accent."),
            ("What it asks of the learner", "recall"),
            ("Section that teaches it", "At the market: Where the stress is"),
        ),
    ),
    QuestionForm(
        "cloze",
        (
            ("Question", "Fill in what is missing."),
            ("Text", "Las naranjas [[cost]] dos euros. Quisiera [[one]] kilo, por favor, y [[some]] limones."),
            (("Gap 1", "Answer 1", "Text"), "cuestan"),
            (("Gap 1", "Answer 1", "This is right"), True),
            (("Gap 1", "Answer 2", "Text"), "cuesta"),
            (("Gap 1", "Answer 2", "Feedback"), "[*Cuesta*](lang:es) is for one thing; these are several."),
            (("Gap 2", "Right answer 1", "Text"), "un"),
            (("Gap 2", "Wrong answer 1", "Text"), "uno"),
            (("Gap 2", "Wrong answer 1", "Feedback"), "Before a noun [*uno*](lang:es) loses its *o*."),
            (("Gap 3", "Right answer 1", "Text"), "unos"),
            (("Gap 3", "Wrong answer 1", "Text"), "unas"),
            (("Gap 3", "Wrong answer 1", "Feedback"), "[*Limón*](lang:es) is masculine."),
            (
                "Explanation",
                "[*Las naranjas cuestan dos euros. Quisiera un kilo, por favor, y unos limones.*](lang:es)",
            ),
            ("What it asks of the learner", "apply"),
            ("Section that teaches it", "At the market: What it costs"),
        ),
    ),
    QuestionForm(
        "matching",
        (
            ("Question", "The seller speaks. What do you answer?"),
            (("Pair 1", "Thing"), "Buenos días, ¿qué le pongo?"),
            (("Pair 1", "Its match"), "Medio kilo de uvas, por favor."),
            (("Pair 1", "Feedback"), "[*¿Qué le pongo?*](lang:es) What may I give you?"),
            (("Pair 2", "Thing"), "¿Algo más?"),
            (("Pair 2", "Its match"), "No, nada más, gracias."),
            (("Pair 2", "Feedback"), "[*¿Algo más?*](lang:es) Anything else?"),
            (("Pair 3", "Thing"), "Son tres euros."),
            (("Pair 3", "Its match"), "Aquí tiene."),
            (("Pair 3", "Feedback"), "[*Aquí tiene*](lang:es): here you are, with the money in your hand."),
            (("Extra match 1", "Text"), "¿Cuánto es?"),
            ("Explanation", "[*¿Cuánto es?*](lang:es) is your question, before you hear the price."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "At the market: What it costs"),
        ),
    ),
    QuestionForm(
        "ordering",
        (
            ("Question", "Put the conversation in order."),
            (("Thing 1", "Text"), "Buenos días, ¿qué le pongo?"),
            (("Thing 2", "Text"), "Quisiera medio kilo de fresas."),
            (("Thing 3", "Text"), "Muy bien. ¿Algo más?"),
            (("Thing 4", "Text"), "No, nada más. ¿Cuánto es?"),
            (("Thing 5", "Text"), "Son dos euros con cincuenta."),
            ("Beginning of the order", "first"),
            ("End of the order", "last"),
            ("Explanation", "The seller greets and asks; you order; the price comes last."),
            ("What it asks of the learner", "understand"),
            ("Section that teaches it", "At the market: What it costs"),
        ),
    ),
    QuestionForm(
        "categorise",
        (
            ("Question", "Which article does each have?"),
            (("Group 1", "Title"), "el"),
            (("Group 2", "Title"), "la"),
            (("Thing 1", "Text"), "tomate"),
            (("Thing 1", "Group it belongs to"), "el"),
            (("Thing 1", "Feedback"), "Masculine, though it ends in *e*."),
            (("Thing 2", "Text"), "pan"),
            (("Thing 2", "Group it belongs to"), "el"),
            (("Thing 3", "Text"), "manzana"),
            (("Thing 3", "Group it belongs to"), "la"),
            (("Thing 4", "Text"), "leche"),
            (("Thing 4", "Group it belongs to"), "la"),
            (("Thing 4", "Feedback"), "Feminine, though it ends in *e*."),
            ("Explanation", "[*El tomate, el pan; la manzana, la leche.*](lang:es)"),
            ("What it asks of the learner", "recall"),
            ("Section that teaches it", "At the market: Asking politely"),
        ),
    ),
)

WALK = Walk(
    title="Spanish",
    language="en",
    subtitle="At the market",
    summary="Asking politely, paying, and where the accents go: a first hour of Spanish.",
    pillars=(PillarForm("At the market", LESSON, QUESTIONS, short="Market"),),
    quiz=QuizForm(
        "How much is it?",
        (
            ("Summary", "Eight questions. For one you need to hear something."),
            ("Pillar", "At the market"),
            ("Shuffle the questions", "No"),
            ("When answers are shown", "When it is handed in"),
        ),
    ),
    result="7 of 8 points",
)
