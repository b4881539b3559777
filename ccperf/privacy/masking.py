"""Find and hide what must not be kept (before saving) or shown (in quotes). Pure: no Django.

Two gates, two rules:

* :func:`mask_before_save` runs on every free text before it reaches the database. Payment-card numbers
  and their security codes may never be stored (PCI DSS 3.3.1), and nobody needs a National Insurance
  number or bank details in a feedback note. When in doubt it hides: a masked order number is a nuisance,
  a stored card number is a breach.
* :func:`mask_for_quote` also hides e-mail addresses, telephone numbers and names. It is for words shown
  to people beyond those the note was written for.

Both can be applied twice without changing anything the second time.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

CARD = "card"
SECURITY_CODE = "security_code"
NATIONAL_INSURANCE = "national_insurance"
BANK_ACCOUNT = "bank_account"

_WORDS = {
    CARD: "card number",
    SECURITY_CODE: "card security code",
    NATIONAL_INSURANCE: "National Insurance number",
    BANK_ACCOUNT: "bank account number",
}
_DOTS = "\u2022\u2022\u2022\u2022"
_HIDDEN_NI = "[National Insurance number hidden]"
_HIDDEN_CODE = "[security code hidden]"
_HIDDEN_SORT_CODE = "[sort code hidden]"
HIDDEN_NAME = "[name hidden]"
HIDDEN_EMAIL = "[e-mail hidden]"
HIDDEN_PHONE = "[phone number hidden]"
HIDDEN_ACCOUNT = "[account number hidden]"

# What people put between the groups of a number, including no-break, thin and zero-width spaces.
_GAP = r"[ \t\n\u00a0\u2000-\u200d\u202f\u2060.\-\u2010-\u2015_/*]"
_DIGIT_RUN = re.compile(rf"(?<!\d)\d(?:{_GAP}{{0,3}}\d){{12,}}")
_GROUP = re.compile(r"\d+")
_EXPIRY_AND_CODE = re.compile(
    rf"(?P<before>{_GAP}{{1,3}}"
    rf"(?:(?:exp(?:iry|ires)?|valid)?[ :.]*(?:0?[1-9]|1[0-2]){_GAP}{{1,2}}(?:20)?\d\d{_GAP}{{1,3}})?)"
    r"(?P<code>\d{3,4})(?![\d\w])",
    re.IGNORECASE,
)
CODE_NAME = (
    r"(?:cvv2?|cvc2?|csc|cid|card\s+verification\s+(?:code|value|number)|security\s+(?:code|number)|"
    r"(?:last\s+)?(?:three|3)\s+(?:digits|numbers)(?:\s+on\s+the\s+back)?)"
)
_FILLER = (
    r"(?:[\s:=#,\-\u2013]|\b(?:is|was|as|of|the|number|no|code|on|card|back|read|out|being|given)\b){0,16}"
)
_CODE_AFTER = re.compile(
    rf"(?P<name>\b{CODE_NAME}\b{_FILLER})(?P<code>\d[ \-]?\d[ \-]?\d(?:[ \-]?\d)?)(?!\d)", re.IGNORECASE
)
_CODE_BEFORE = re.compile(
    r"(?<!\d)(?P<code>\d[ \-]?\d[ \-]?\d(?:[ \-]?\d)?)"
    rf"(?P<name>\s+(?:is|was|as|for|being)?\s*(?:the|my|his|her|their|a)?\s*\b{CODE_NAME}\b)",
    re.IGNORECASE,
)
_NI_BODY = rf"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{_GAP}{{0,2}}\d\d{_GAP}{{0,2}}\d\d{_GAP}{{0,2}}\d\d"
_NI = re.compile(rf"(?<!\w)(?P<number>{_NI_BODY}{_GAP}{{0,2}}[A-D])(?!\w)", re.IGNORECASE)
_NI_NAMED = re.compile(
    rf"(?P<name>\b(?:national\s+insurance|ni|nino)\b[^\d\n]{{0,20}}?)(?<!\w)(?P<number>{_NI_BODY})(?!\w)",
    re.IGNORECASE,
)
_NI_NEVER_ISSUED = {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}

_SORT_CODE = r"\d\d[ \-\u2010-\u2015]\d\d[ \-\u2010-\u2015]\d\d"
_ACCOUNT = r"\d{4}[ \-]?\d{4}"
_ACCOUNT_WORD = r"(?:(?:bank\s+)?acc(?:oun)?t|acc|a/c)\.?(?:\s*(?:number|num|no|nr|#)\b\.?)?"
_SORT_THEN_ACCOUNT = re.compile(
    rf"(?<!\d)(?P<sort>{_SORT_CODE}|\d{{6}}(?=\D{{1,30}}\b(?:account|acc|a/c)\b))"
    rf"(?P<between>[\s,;:/]{{1,3}}(?:and\s+)?(?:{_ACCOUNT_WORD}[\s:=]{{0,3}}(?:is\s+)?)?)(?P<account>{_ACCOUNT})(?!\d)",
    re.IGNORECASE,
)
_NAMED_SORT = re.compile(
    rf"(?P<name>\bsort[\s\-]*code\b{_FILLER})(?P<sort>{_SORT_CODE}|\d{{6}})(?!\d)", re.IGNORECASE
)
_NAMED_ACCOUNT = re.compile(
    rf"(?P<name>\b{_ACCOUNT_WORD}{_FILLER})(?P<account>{_ACCOUNT})(?!\d)", re.IGNORECASE
)
_ACCOUNT_BEFORE_SORT = re.compile(
    rf"(?<!\d)(?P<account>{_ACCOUNT})(?=[^\d\n]{{1,30}}\bsort[\s\-]*code\b)", re.IGNORECASE
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{2,4}){3,8}(?!\w)")

_ANY_ACCOUNT = re.compile(
    rf"(?P<name>\b{_ACCOUNT_WORD}{_FILLER})(?P<account>[A-Z]{{0,4}}[ \-]?\d(?:[ \-]?\d){{4,15}})(?!\w)",
    re.IGNORECASE,
)
# Also without a dot after the @, a name in a social network, and an address that is spelled out.
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]{1,64}@[^\W\d][\w\-]{0,62}(?:\.[\w\-]{1,63})*|"
    r"(?<!\w)@[^\W\d]\w{1,62}|"
    r"\b[\w.+\-]{1,64}\s+at\s+[\w\-]{1,63}(?:\s+dot\s+[\w\-]{2,63})+\b"
)
_GROUPED_PHONE = re.compile(r"\(?\d{3}\)?[ \-.]{1,2}\d{3}[ \-.]\d{4}")
_PHONE = re.compile(r"(?<![\w\u2022])(?:\+|00)?\(?\d(?:[ \-.()\u00a0]{0,2}\d){9,14}(?!\w)")
# Words that follow *mr*, *mrs* and *dr* where those are no titles: the MR scanner, saw the dr about it.
_AFTER_NO_TITLE = (
    "(?i:a|about|and|at|called|for|gp|had|has|he|i|in|is|of|on|or|rang|said|says|scan(?:s|ner|ners)?|she|they|"
    "to|told|was|we|were|when|who|with)"
)
# A small title counts before a capital, *mr* and *mrs* also before a small word that can be a name. A small
# *miss* never does: people miss appointments.
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|"
    r"(?:mrs?|(?:dr|prof|MRS?|DR|PROF)(?=\.?\s+[A-Z\u00c0-\u00de]))"
    rf"(?!\.?\s+{_AFTER_NO_TITLE}\b))"
    r"\b\.?\s+"
    r"(?P<name>[^\W\d_][\w'\u2019\-]*(?:\s+[A-Z][\w'\u2019\-]+)?)"
)
INTRODUCED = re.compile(
    r"\b(?:[Mm]y name(?:'s| is| was)|name is|name was|[Ss]poke (?:to|with)|[Tt]alked (?:to|with))\s+"
    r"(?P<name>[A-Z\u00c0-\u00de][\w'\u2019\-]+(?:\s+[A-Z\u00c0-\u00de][\w'\u2019\-]+)?)"
)
# Names that are also everyday words: only hidden where they cannot be the word that begins a sentence.
_EVERYDAY = """
amber april art august bell best bill bishop black bob brown chase christian cook daisy dawn day dean drew
faith frank gay grace grant gray green grey heath holly hope hunter iris ivy jack joy june king lane lee long
major mark may miles misty olive page parker pat patience pearl penny price prudence ray read reed rich rob
robin rose ruby rusty sandy skip stone sue summer sunny terry victor violet wade ward white will wise wood
young
"""
_ALSO_WORDS = frozenset(_EVERYDAY.split())
# Names that are words too, and common ones: never hidden where they are written small, unless a title or an
# introduction says that they are names.
_WRITTEN_SMALL = """
abbey abbot ace angel archer art ash autumn bacon bailey baker ball bank banks banner barber barker barn bass
basil baron battle bay beach bean bear beck berry bird birch blade bland blunt boil bond booth bow bowen bowl
bower branch brand brewer bridge bridges bright brook brooks brush buck bull burn burns bush butcher butler
cannon carol carpenter carter case cash castle chance chancellor chandler chapel chapman charity cherry chip
chuck church clay cliff close coach coal cole constant cooper corn cotton court cox crane cream crisp cross
crow crystal curry cutter dale dance dash day deal dear dell dick dot drake draper driver duke early earl east
england english eve fair fall farmer fern field fields finch finder fisher flood flower ford forest forester
fowler fox france free freeman french friend frost fuller gardener gardner garland gates gem gene gentle gift
ginger glass glover gold golden good goodman graves grove guard guest guy hall ham hand harbour hardy harmony
harper harry hart haven hawk hay haywood hazel head heart heather hill hills hobbs hood hooper horn house howl
hush jade jar jay jean jewel job judge just justice kay keen key keys kit knight lad lake lamb land large law
lily lion little lord lott loud love low luck major mal man manly manning mario marina marsh martin mason max
may mead melody mercy merry miller mills moody moon moor more moses moss mount naylor neal new nice nick noble
noel norm north novel oak oaks oliver opal order orchard outlaw overall pace pack paddy painter palm palmer
parish park parks partridge patrol payne peach peacock peak peer peg penny peck people person petty pick pike
pitt plant plumb pole pond poole poor pope poppy porter post potter potts power powers precious president
priest prime prince prior pride purse quick quill quin rain ramp ranger raven reader real rice ridge ring
rivers robe rock rocky rod roman root rosemary rowe royal rush sad sage sailor salmon salt sands savage saver
sawyer scarlet self senior sergeant shade shaft sharp sharpe shepherd short shore show silver simple sims
singer slack slater small smart smith snow soldier song south spark sparks speed spencer spring squire star
stack steel steel steers sterling stern still stocks storm story street strong style sugar sun swan sweet
swift tailor tan tanner taylor teller temple thatcher thorn tiger tim tin town tower treasure trinity turner
usher vale valentine van vicar viola virtue vista walk walker wall waters weaver webb well wells west wheeler
wild willow winter winters wolf wood woods worth wright yard
"""
_WORDS_WRITTEN_SMALL = _ALSO_WORDS | frozenset(_WRITTEN_SMALL.split())
_LEAST_WRITTEN_SMALL = 3
# After these a word is a name also where it was written without its capital.
_NAMING = re.compile(
    r"\b(?:(?:spoke|talked|speaking|talking)\s+(?:to|with)|called|named|name(?:'s|\s+is|\s+was)|thanks\s+to|"
    r"thank\s+you|it\s+was|ask(?:ed)?(?:\s+for)?|agent|advis[eo]r|colleague|manager|mr|mrs|ms|miss|by|from)\.?\s+$",
    re.IGNORECASE,
)
_SURELY_NAMING = re.compile(
    r"\b(?:(?:spoke|talked)\s+(?:to|with)|name(?:'s|\s+is|\s+was)|named|mr|mrs|ms|miss)\.?\s+$", re.IGNORECASE
)
_LONGEST_NAMING = 40
_TWO_LETTERS = """
ah al am an as at be by do go he hi if in is it ma me my no of oh ok on or pa so to up us we
"""
_SHORT_WORDS = frozenset(_TWO_LETTERS.split())
_FOLD = str.maketrans("øØłŁđĐßæÆœŒþÞðÐı\u2019", "oOlLdDsaAoOtTdDi'")


@dataclass(frozen=True)
class Masked:
    """A text that may be saved, and which kinds of number were hidden in it (each kind once, in order)."""

    text: str
    found: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What the form says once it is saved; empty when nothing was hidden."""
        return f"{self._kinds} {'were' if len(self.found) > 1 else 'was'} masked." if self.found else ""

    @property
    def warning(self) -> str:
        """What the form says while somebody still writes."""
        return f"{self._kinds} will be masked before it is saved." if self.found else ""

    @property
    def _kinds(self) -> str:
        words = [f"a {_WORDS[kind]}" for kind in self.found]
        listed = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
        return listed[:1].upper() + listed[1:]


def mask_before_save(text: str) -> Masked:
    """Hide card numbers, card security codes, National Insurance numbers and bank details."""
    found: list[str] = []
    masked = _mask_ibans(text, found)
    masked = _mask_cards(masked, found)
    masked = _mask_security_codes(masked, found)
    masked = _mask_national_insurance(masked, found)
    masked = _mask_bank_accounts(masked, found)
    return Masked(masked, tuple(dict.fromkeys(found)))


def mask_for_quote(text: str, names: Iterable[str] = ()) -> str:
    """The text as it may be quoted to others: numbers, addresses and the given people's names are hidden.

    Also hides names nobody listed where the sentence gives them away ("Mrs Patel", "I spoke to Dave").
    """
    quote = mask_before_save(unicodedata.normalize("NFC", text)).text
    quote = _ANY_ACCOUNT.sub(rf"\g<name>{HIDDEN_ACCOUNT}", quote)
    quote = _EMAIL.sub(HIDDEN_EMAIL, quote)
    quote = _PHONE.sub(_hide_phone, quote)
    quote = TITLED.sub(_hide_group("name"), quote)
    quote = INTRODUCED.sub(_hide_group("name"), quote)
    return _mask_names(quote, names)


def split_masks(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a mask, so that a page can mark hidden parts as such."""
    parts = re.split(rf"(\[[A-Za-z\- ]+ hidden\]|{_DOTS} \d{{4}})", text)
    return [
        (part.strip("[]") if index % 2 else part, bool(index % 2)) for index, part in enumerate(parts) if part
    ]


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1 holds."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        value = int(character)
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


# ---- cards


def _mask_cards(text: str, found: list[str]) -> str:
    pieces: list[str] = []
    position = 0
    for run in _DIGIT_RUN.finditer(text):
        for start, end, digits in _cards_in(run):
            if start < position:
                continue
            pieces += [text[position:start], f"{_DOTS} {digits[-4:]}"]
            found.append(CARD)
            position = end
            code = _EXPIRY_AND_CODE.match(text, end)
            if code:
                pieces += [code["before"], _HIDDEN_CODE]
                found.append(SECURITY_CODE)
                position = code.end()
    return "".join(pieces) + text[position:]


def _cards_in(run: re.Match[str]) -> list[tuple[int, int, str]]:
    """Spans of the run that are card numbers: whole groups of digits, or the front of one long group."""
    groups = [(m.start() + run.start(), m.group()) for m in _GROUP.finditer(run.group())]
    cards: list[tuple[int, int, str]] = []
    first = 0
    while first < len(groups):
        last = _last_group_of_card(groups, first)
        if last is not None:
            digits = "".join(group for _, group in groups[first : last + 1])
            cards.append((groups[first][0], groups[last][0] + len(groups[last][1]), digits))
            first = last + 1
            continue
        start, digits = groups[first]
        size = _issuer_length(digits)
        if size < len(digits) <= 19 and _is_card(digits[:size]):
            # A card number typed together with what follows it: nothing of the rest is worth keeping.
            cards.append((start, start + len(digits), digits[:size]))
        first += 1
    return cards


def _last_group_of_card(groups: Sequence[tuple[int, str]], first: int) -> int | None:
    """The last group of a card that begins at group ``first``; the issuer's usual length wins."""
    fits: dict[int, int] = {}
    digits = ""
    for index in range(first, len(groups)):
        digits += groups[index][1]
        if len(digits) > 19:
            break
        if _is_card(digits):
            fits[len(digits)] = index
    if not fits:
        return None
    return fits.get(_issuer_length(groups[first][1]), fits[max(fits)])


def _issuer_length(digits: str) -> int:
    """How many digits cards with this beginning usually have; for Maestro the longest fit counts."""
    head = _ascii(digits[:2])
    if head in ("34", "37"):
        return 15
    return 19 if head == "50" or "56" <= head <= "69" else 16


def _is_card(digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    head = _ascii(digits[:4])
    issued = (
        head[0] in "456" or head[:2] in ("30", "34", "35", "36", "37", "38", "39") or "2221" <= head <= "2720"
    )
    return issued and passes_luhn(digits)


def _ascii(digits: str) -> str:
    return "".join(str(int(character)) for character in digits)


def _mask_security_codes(text: str, found: list[str]) -> str:
    def after(match: re.Match[str]) -> str:
        found.append(SECURITY_CODE)
        return f"{match['name']}{_HIDDEN_CODE}"

    def before(match: re.Match[str]) -> str:
        found.append(SECURITY_CODE)
        return f"{_HIDDEN_CODE}{match['name']}"

    return _CODE_BEFORE.sub(before, _CODE_AFTER.sub(after, text))


# ---- National Insurance and bank details


def _mask_national_insurance(text: str, found: list[str]) -> str:
    def hide(match: re.Match[str]) -> str:
        if match["number"][:2].upper() in _NI_NEVER_ISSUED:
            return match.group()
        found.append(NATIONAL_INSURANCE)
        return f"{match.groupdict().get('name') or ''}{_HIDDEN_NI}"

    return _NI_NAMED.sub(hide, _NI.sub(hide, text))


def _mask_bank_accounts(text: str, found: list[str]) -> str:
    def pair(match: re.Match[str]) -> str:
        found.append(BANK_ACCOUNT)
        return f"{_HIDDEN_SORT_CODE}{match['between']}{_DOTS} {match['account'][-4:]}"

    def sort_code(match: re.Match[str]) -> str:
        found.append(BANK_ACCOUNT)
        return f"{match['name']}{_HIDDEN_SORT_CODE}"

    def account(match: re.Match[str]) -> str:
        found.append(BANK_ACCOUNT)
        return f"{match.groupdict().get('name') or ''}{_DOTS} {match['account'][-4:]}"

    text = _ACCOUNT_BEFORE_SORT.sub(account, _SORT_THEN_ACCOUNT.sub(pair, text))
    return _NAMED_ACCOUNT.sub(account, _NAMED_SORT.sub(sort_code, text))


def _mask_ibans(text: str, found: list[str]) -> str:
    def hide(match: re.Match[str]) -> str:
        compact = match.group().replace(" ", "")
        rearranged = compact[4:] + compact[:4]
        number = "".join(str(int(character, 36)) for character in rearranged)
        if not 15 <= len(compact) <= 34 or int(number) % 97 != 1:
            return match.group()
        found.append(BANK_ACCOUNT)
        return f"{_DOTS} {compact[-4:]}" if compact[-4:].isdigit() else _HIDDEN_SORT_CODE

    return _IBAN.sub(hide, text)


# ---- people


def _hide_phone(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    dialled = match.group().lstrip("(").startswith(("+", "0"))
    looks_dialled = dialled or _GROUPED_PHONE.fullmatch(match.group())
    return HIDDEN_PHONE if looks_dialled and 10 <= len(digits) <= 15 else match.group()


def _hide_group(group: str) -> Callable[[re.Match[str]], str]:
    def hide(match: re.Match[str]) -> str:
        start, end = (edge - match.start() for edge in match.span(group))
        return match.group()[:start] + HIDDEN_NAME + match.group()[end:]

    return hide


def fold(text: str) -> str:
    """Letters without their accents, one for one, so that positions still match the original."""
    return "".join(unicodedata.normalize("NFKD", character)[0] for character in text).translate(_FOLD)


def _mask_names(text: str, names: Iterable[str]) -> str:
    full_names = sorted(
        {fold(unicodedata.normalize("NFC", name)).strip() for name in names} - {""}, key=len, reverse=True
    )
    if not full_names:
        return text
    text = _replace_folded(text, full_names, ignore_case=True)
    parts = {part for name in full_names for part in re.split(r"[\s\-]+", name) if len(part) >= 2}
    parts |= {part for name in full_names for part in name.split() if len(part) >= 2}
    return _replace_folded(text, sorted(parts, key=len, reverse=True), ignore_case=False)


def _replace_folded(text: str, names: Sequence[str], *, ignore_case: bool) -> str:
    """Hide whole words that equal a name; a single part only where it is not an ordinary word."""
    if not names:
        return text
    pattern = re.compile(
        r"(?<![\w\[])(?:" + "|".join(re.escape(name) for name in names) + r")(?![\w])", re.IGNORECASE
    )
    pieces: list[str] = []
    position = 0
    for match in pattern.finditer(fold(text)):
        word = text[match.start() : match.end()]
        if not ignore_case and not _is_written_as_name(text, match.start(), word):
            continue
        pieces += [text[position : match.start()], HIDDEN_NAME]
        position = match.end()
    return "".join(pieces) + text[position:]


def _is_written_as_name(text: str, start: int, word: str) -> bool:
    plain = fold(word).lower()
    if not word[0].isupper():
        before = text[max(0, start - _LONGEST_NAMING) : start]
        if plain in _ALSO_WORDS | _SHORT_WORDS:
            return plain not in _SHORT_WORDS and bool(_SURELY_NAMING.search(before))
        if len(plain) < _LEAST_WRITTEN_SMALL or plain in _WORDS_WRITTEN_SMALL:
            return bool(_NAMING.search(before))
        return True
    if len(word) == 2 and plain in _SHORT_WORDS:
        return False
    begins_sentence = (
        not text[:start].strip(" \t\"'\u201c\u2018(")
        or text[:start].rstrip(" \t\"'\u201c\u2018(")[-1] in ".!?\n:"
    )
    return not (begins_sentence and (plain in _ALSO_WORDS or len(word) == 2))
