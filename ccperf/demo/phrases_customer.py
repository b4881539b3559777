"""What customers of an energy supplier write, by theme and tone. Slots are filled by ``sentences``."""

CUSTOMER: dict[str, dict[str, tuple[str, ...]]] = {
    "greeting_identity": {
        "bad": (
            "{who} never gave a name and started straight into the questions",
            "I was asked for the same password twice before anyone would talk to me",
            "the security questions took longer than {issue} did",
            "no greeting at all, just 'account number'",
            "{who} read me somebody else's address and asked if it was mine",
            "I failed the security check because of a middle name that you added yourselves",
        ),
        "good": (
            "{who} gave a proper introduction and told me why the security check was needed",
            "the security questions were quick and done with a smile in the voice",
            "{who} gave a name straight away and used mine correctly, which almost nobody does",
        ),
    },
    "empathy_tone": {
        "bad": (
            "{who} was abrupt with me from the first word",
            "{who} sounded bored and could not wait for me to hang up",
            "I was upset about {issue} and {who} did not care in the slightest",
            "the tone was sarcastic, as if I were stupid",
            "{who} was rude when I asked about {issue}",
            "a bit of kindness would have gone a long way, {who} just talked over me",
            "I lost my husband in spring and all I got was a cold 'is there anything else'",
        ),
        "good": (
            "{who} was so patient with me about {issue}",
            "lovely manner, {who} made me feel like a person and not a number",
            "{who} was kind and understanding when I explained why I had fallen behind",
            "I was in a state about {issue} and {who} calmed me down",
            "what a polite and warm {role}, a credit to you",
        ),
    },
    "listening": {
        "bad": (
            "{who} did not listen and answered a question I never asked",
            "I had to repeat myself {times} before {who} understood that it was about {issue}",
            "{who} kept interrupting me",
            "{who} jumped to the conclusion that I had not paid, I had",
            "I felt ignored, whatever I said about {issue} was met with the same script",
        ),
        "good": (
            "{who} let me explain the whole story first and then summed it up perfectly",
            "{who} asked the right questions and understood {issue} at once",
            "for once somebody listened to what I said about {issue}",
        ),
    },
    "clarity": {
        "bad": (
            "{who} spoke far too fast and I hung up none the wiser",
            "the explanation about {issue} was full of jargon",
            "{who} contradicted what I was told {ago}",
            "confusing from start to finish, I still do not know what happens next",
            "nobody could explain in plain English how {issue} is worked out",
        ),
        "good": (
            "{who} explained {issue} clearly, step by step",
            "it was spelled out for me what would happen and when",
            "{who} put it in plain words and even checked that I had followed",
        ),
    },
    "ownership": {
        "bad": (
            "I was promised a call back by {day} and it never came",
            "{who} said it would be done within two days, that was {ago}",
            "nobody takes responsibility for {issue}",
            "I have chased this {times} now and every time I start from nothing",
            "{who} said somebody else would follow up, of course nobody did",
            "never called back, although {who} swore it was in the diary",
        ),
        "good": (
            "{who} took ownership of {issue} and rang me back exactly when promised",
            "I was kept informed all the way through",
            "{who} followed up two days later just to make sure {issue} was really sorted",
            "{who} gave me a direct name to ask for and kept every promise",
        ),
    },
    "resolution": {
        "bad": (
            "{issue} is still not settled after the third call",
            "I have to ring again because {issue} was not sorted",
            "same problem as {ago}, nothing has changed",
            "an hour of my life gone and no solution",
            "the trouble with {issue} came back {when}, so it was never resolved in the first place",
        ),
        "good": (
            "{issue} was sorted first time",
            "{who} fixed {issue} there and then",
            "problem solved in one call, could not ask for more",
            "it was resolved before I had finished my tea",
        ),
    },
    "knowledge": {
        "bad": (
            "{who} did not know how {issue} works and guessed",
            "I was given wrong information about {issue}",
            "{who} had to ask a colleague {times} and was still unsure",
            "{who} gave me advice on {issue} that was out of date",
        ),
        "good": (
            "{who} knew everything there is to know about {issue}",
            "a very well informed {role}, every answer was right",
            "{who} clearly knew the tariffs inside out",
        ),
    },
    "accuracy_compliance": {
        "bad": (
            "the letter about {issue} went to the wrong address",
            "{who} keyed in the wrong amount and {amount} left my bank account",
            "I was not told about the exit fee",
            "the notes from my last call were missing altogether",
            "my bank details were taken down wrongly, so the payment bounced",
            "the figure on the confirmation is incorrect, {amount} instead of what we agreed",
        ),
        "good": (
            "every detail in the confirmation was correct",
            "{who} read everything back to me and spotted a mistake that I had made",
        ),
    },
    "wait_access": {
        "bad": (
            "I was on hold for {mins} before anyone answered",
            "waited {mins} in the queue and then I got cut off",
            "could not get through at all {day}, line busy every time",
            "far too many options before you reach a human being",
            "{mins} of that music, please, never again",
            "your lines close at six, when am I supposed to ring",
            "the chat said 'you are number forty in the queue' for {mins}",
        ),
        "good": (
            "answered within a minute, I was astonished",
            "no queue at all on a {day} evening",
            "the call-back option saved me {mins} of waiting",
        ),
    },
    "transfer": {
        "bad": (
            "I was transferred {times} and explained {issue} again every single time",
            "put through to the wrong department, who sent me back to where I began",
            "passed from pillar to post about {issue}",
            "{who} transferred me without a word and I had to start again",
            "I got bounced between billing and payments like a ball",
        ),
        "good": (
            "{who} stayed on the line until the colleague in payments had taken over",
            "I was put through once, and the next {role} already knew the story",
        ),
    },
    "process_policy": {
        "bad": (
            "why do I have to fill in the same form again for {issue}",
            "{who} wanted to help but was not allowed to because of some policy",
            "ten working days for a simple approval takes too long",
            "red tape from start to finish just to {want}",
            "'computer says no' is not an answer when I want to {want}",
            "it is a pointless step to post a letter to {want}",
        ),
        "good": (
            "to {want} took one form and one signature, a very sensible process",
            "the process to {want} is so much simpler than at my last supplier",
        ),
    },
    "system_tools": {
        "bad": (
            "the system was down, {who} said, so would I mind ringing tomorrow",
            "{who} kept apologising because the computer had frozen",
            "your app crashed {times} while I tried to {want}",
            "{who} was waiting for a slow screen to load, I could hear it for minutes",
        ),
        "good": (
            "the new app let me {want} in two minutes",
            "{who} could see everything on one screen, impressive",
        ),
    },
}

OPENINGS = (
    "I rang {ago} about {issue}.",
    "I called to {want}.",
    "Contacted you on chat {ago}.",
    "I have been a customer for {years} years.",
    "My call was about {issue}.",
    "This was my {ordinal} call about {issue}.",
    "Rang on behalf of my mother, who is {age}.",
)
CLOSINGS_GOOD = (
    "Thank you.",
    "Please pass on my thanks.",
    "Five stars.",
    "Could not fault it.",
    "I will be staying with you.",
    "More like this please.",
)
CLOSINGS_BAD = (
    "Very disappointed.",
    "I am thinking of leaving.",
    "Please sort this out.",
    "I expect better after {years} years.",
    "Not good enough.",
    "I would like someone to ring me about this.",
)
MIXED_JOINS = ("On the other hand, {rest}.", "That said, {rest}.", "But {rest}.", "Still, {rest}.")
OTHER_LANGUAGES = (
    ("Roedd y ferch ar y ffôn yn garedig iawn ac yn amyneddgar. Diolch yn fawr.", "good"),
    ("Bu’n rhaid i mi aros ar y ffôn am ddeugain munud cyn cael ateb.", "bad"),
    ("Pani, z którą rozmawiałem, była bardzo miła i wszystko wyjaśniła.", "good"),
    ("Czekałem na linii ponad pół godziny i nikt nie odebrał.", "bad"),
    ("La señorita fue muy amable y resolvió mi problema enseguida.", "good"),
)
SHORT = {
    "good": (
        "Very good service",
        "All fine, thanks",
        "Great",
        "Helpful as ever",
        "No complaints at all",
        "10/10",
    ),
    "bad": ("Poor", "Rubbish", "Not happy", "Waste of time", "Would not recommend"),
    "neutral": ("OK", "Nothing to add", "n/a", "Fine I suppose", "Average", "-"),
}

NEW_BILL = (
    "the new bill hides the standing charge on the second page",
    "I cannot find the date my direct debit leaves on the new bill",
    "what is this 'blended unit rate' on the redesigned bill, nobody asked for it",
    "the new bill layout shows two balances and neither matches my bank",
    "since the redesigned bill arrived I cannot tell an estimated reading from a real one",
    "the page two breakdown on the new bill makes no sense, {who} could not read it either",
    "{who} had to open the old bill layout to explain the redesigned one to me",
    "my redesigned bill says 'blended unit rate' and my neighbour's does not",
    "why did you change the bill, the old one had everything on page one",
    "the standing charge has vanished from the front of the redesigned bill",
)
"""The planted emerging theme: comments about a redesigned bill, in words no seeded theme owns."""

SILENCES = (
    "there were long silences on the line while {who} waited for the account to open",
    "{who} put me on hold {times} because the account screen would not load",
    "{mins} on the phone, most of it silence while something was loading at your end",
    "{who} was lovely but the computer froze {times} and I was put on hold each time",
    "I was put on hold again and again, {who} blamed the new desktop",
)
"""The planted tool fault: customers blame the agent for the hold that a desktop change caused."""

HANDED_ON = (
    "{who} put me through to somebody else after a few minutes without solving anything",
    "as soon as it got complicated I was passed on, cold, and had to start again",
    "{who} was in a hurry to get rid of me and transferred the call",
    "short and sweet, except that {issue} was not dealt with and I was sent to another department",
)
"""The planted gamed metric: short calls bought with cold transfers."""
