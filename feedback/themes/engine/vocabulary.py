"""Word lists of the engine: small words, negations, irregular forms, and how languages are told apart."""

_SMALL = """
    a about after again all also am an and any are as at be because been before being both but by came
    can come could did do does doing done down each even ever every few for from get gets getting go
    going got had has have having he her here hers him his how i if in into is it its itself just like
    made make many may me might more most much must my myself now of off on once one only or other our
    out over own really said same say she should so some such than that the their them then there these
    they this those through to too two under until up us very was way we well went were what when where
    which while who whom why will with would you your
    """
STOP_WORDS = frozenset(_SMALL.split())

_NEGATING = """
    not no never nobody none nothing neither nor without hardly cannot cant didnt dont doesnt isnt wasnt
    werent arent wont wouldnt couldnt shouldnt hasnt havent hadnt aint
    """
NEGATORS = frozenset(_NEGATING.split())
# Behind a negation these take it back: *not only rude* is rude.
TAKES_BACK = frozenset({"only", "just"})

# Frequent little words, by language.
_LANGUAGES = {
    "en": """
    the and was to i of my not for with they it very were have that been had is me you on but this she
    he no all so when at what do be more could us these nothing can from would if or there out just good
    service staff than their as them are been will because we our about by
    """,
    "cy": """
    yn y mae ac i'r wedi ei ddim oedd yr roedd dim fy hyn iawn gyda'r i'm bod am ar o'r wnaeth doedd
    """,
    "pl": """
    nie jest to się na że do był była bardzo ale tak jak przez mnie mi oraz dla czy już są
    """,
    "fr": """
    le la les et est pas je une des pour que très avec mais ils était mon dans vous nous sur été
    """,
    "es": """
    el los las y es no que muy una para con pero me por mi lo fue estaba como más del se
    """,
    "de": """
    der die das und ist nicht ich ein eine sehr mit aber für war mir sie auf dem den zu habe
    """,
    "pt": """
    não muito uma para com mas os foi estava meu minha eu que do da em por mais são
    """,
    "it": """
    il non molto una per con ma che sono stato stata mi della di del gli è anche più
    """,
    "nl": """
    het een niet ik en van voor met maar zeer was mijn dat ze op zijn heb te naar er
    """,
    "ro": """
    și nu este foarte pentru cu dar mi am fost la din că sunt o pe mai să
    """,
}
LANGUAGE_WORDS = {code: frozenset(words.split()) for code, words in _LANGUAGES.items()}

_FORMS = {
    "tell": "told",
    "ring": "rang rung",
    "speak": "spoke spoken",
    "wait": "waited",
    "feel": "felt",
    "know": "knew known",
    "take": "took taken",
    "give": "gave given",
    "send": "sent",
    "pay": "paid",
    "lose": "lost",
    "freeze": "froze frozen",
    "swear": "swore",
    "break": "broken broke",
    "leave": "leave",
    "keep": "kept",
    "hear": "heard",
    "understand": "understood",
    "explain": "explained explanation",
    "staff": "staff",
    "not": "didnt dont doesnt isnt wasnt werent arent wont wouldnt couldnt cant cannot hasnt havent hadnt",
    "callback": "callback",
    "phone": "phoned phoning",
}
IRREGULAR = {form: word for word, forms in _FORMS.items() for form in forms.split()}
