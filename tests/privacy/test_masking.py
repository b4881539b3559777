"""What may not be stored never is; what may not be quoted is hidden; ordinary words are left alone."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccperf.privacy.giveaways import names_given_away, without_hidden
from ccperf.privacy.masking import (
    BANK_ACCOUNT,
    CARD,
    HIDDEN_NAME,
    NATIONAL_INSURANCE,
    SECURITY_CODE,
    mask_before_save,
    mask_for_quote,
    passes_luhn,
    split_masks,
)

pytestmark = pytest.mark.criterion("M16")


def complete(prefix: str, length: int, filling: str) -> str:
    """A number of the given length that begins with prefix and has the right check digit."""
    body = (prefix + filling)[: length - 1]
    return next(body + digit for digit in string.digits if passes_luhn(body + digit))


@st.composite
def card_numbers(draw):
    prefix, length = draw(
        st.sampled_from(
            [
                ("4", 16),
                ("51", 16),
                ("2221", 16),
                ("2720", 16),
                ("6011", 16),
                ("37", 15),
                ("36", 14),
                ("5018", 18),
            ]
        )
    )
    return complete(prefix, length, draw(st.text(string.digits, min_size=length, max_size=length)))


def grouped(number: str, separator: str) -> str:
    return separator.join(number[start : start + 4] for start in range(0, len(number), 4))


def test_luhn_follows_the_published_example():
    assert passes_luhn("79927398713")  # ISO/IEC 7812-1, annex B
    assert not passes_luhn("79927398710")


@given(
    number=card_numbers(),
    separator=st.sampled_from(["", " ", "-", "  ", "\u00a0", ".", "\u2009", "\n", " - "]),
)
@example(number="4111111111111111", separator=" ")
def test_a_card_number_is_never_kept(number, separator):
    masked = mask_before_save(f"She read out {grouped(number, separator)} before I could stop her.")
    assert CARD in masked.found
    assert masked.text == f"She read out \u2022\u2022\u2022\u2022 {number[-4:]} before I could stop her."


@given(
    number=card_numbers(),
    before=st.sampled_from(["", "card", "no:", "("]),
    after=st.sampled_from(["", ".", ")", ", thanks"]),
)
def test_a_card_number_is_found_against_letters_and_marks(number, before, after):
    assert number not in mask_before_save(f"{before}{number}{after}").text


@given(st.text(alphabet=string.ascii_letters + " .,;:!?\n'\u00e9\u2013", max_size=300))
def test_words_without_digits_are_left_alone(text):
    assert mask_before_save(text).text == text
    assert mask_before_save(text).found == ()


@given(st.text(alphabet=string.printable + "\u2022\u00a0\u0663", max_size=200))
def test_masking_twice_changes_nothing(text):
    once = mask_before_save(text)
    again = mask_before_save(once.text)
    assert again.text == once.text
    assert again.found == ()


@pytest.mark.parametrize(
    "text",
    [
        "Order 1234567890123456 was late.",  # begins like no card
        "Ring 020 7946 0018 or 07700 900123 after 14:30.",
        "Between 12/03/2026 and 15/04/2026 he took 1,204 calls in 594 s.",
        "4111 1111 1111 1112 fails its check digit.",
        "Years 2019 2020 2021 2022 were quiet.",
        "0000 0000 0000 0000",
        "Ticket AB123456 and room BG 12 34 56 A stay.",
        "The IBAN is GB00 WEST 1234 5698 7654 33, which is not valid.",
        "Security was tight, 200 people came.",
    ],
)
def test_other_numbers_stay(text):
    masked = mask_before_save(text)
    assert (masked.text, masked.found) == (text, ())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("4111 1111 1111 1111 12/28 123", "\u2022\u2022\u2022\u2022 1111 12/28 [security code hidden]"),
        ("4111 1111 1111 1111 123.", "\u2022\u2022\u2022\u2022 1111 [security code hidden]."),
        ("The CVV is 123, she said.", "The CVV is [security code hidden], she said."),
        ("cvc: 1 2 3", "cvc: [security code hidden]"),
        ("security code on the back was 9876", "security code on the back was [security code hidden]"),
        ("last three digits 456", "last three digits [security code hidden]"),
        ("456 is the CVV", "[security code hidden] is the CVV"),
    ],
)
def test_a_security_code_is_never_kept(text, kept):
    masked = mask_before_save(text)
    assert masked.text == kept
    assert SECURITY_CODE in masked.found


@pytest.mark.parametrize(
    "number",
    ["QQ123456C".replace("QQ", "AB"), "ab 12 34 56 c", "AB-12-34-56-D", "JG\u00a010\u00a031\u00a059\u00a0A"],
)
def test_a_national_insurance_number_is_never_kept(number):
    masked = mask_before_save(f"Her number, {number}, was repeated.")
    assert masked.text == "Her number, [National Insurance number hidden], was repeated."
    assert masked.found == (NATIONAL_INSURANCE,)


def test_a_national_insurance_number_without_its_last_letter_is_found_by_its_name():
    assert mask_before_save("NI number AB 12 34 56.").text == "NI number [National Insurance number hidden]."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("12-34-56 12345678", "[sort code hidden] \u2022\u2022\u2022\u2022 5678"),
        (
            "Sort code 12 34 56, account number 1234 5678",
            "Sort code [sort code hidden], account number \u2022\u2022\u2022\u2022 5678",
        ),
        ("sort code is 123456", "sort code is [sort code hidden]"),
        (
            "Reference 12345678 sort code 12-34-56",
            "Reference \u2022\u2022\u2022\u2022 5678 sort code [sort code hidden]",
        ),
        ("account no. 12345678 was closed", "account no. \u2022\u2022\u2022\u2022 5678 was closed"),
        ("GB82 WEST 1234 5698 7654 32", "\u2022\u2022\u2022\u2022 5432"),
    ],
)
def test_bank_details_are_never_kept(text, kept):
    masked = mask_before_save(text)
    assert masked.text == kept
    assert masked.found == (BANK_ACCOUNT,)


def test_the_form_says_what_was_masked():
    assert mask_before_save("4111111111111111").sentence == "A card number was masked."
    both = mask_before_save("4111111111111111 and AB123456C")
    assert both.sentence == "A card number and a National Insurance number were masked."
    assert mask_before_save("Fine.").sentence == ""


# ---- quotes


NAMES = ["Siobhán Ní Dhomhnaill", "Mei-Ling Castellanos-Thornbury", "Will Young", "Łukasz Wiśniewski"]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Siobhán stayed calm.", "[name hidden] stayed calm."),
        ("siobhan ni dhomhnaill stayed calm.", "[name hidden] stayed calm."),
        ("I thanked Mei-Ling's team.", "I thanked [name hidden]'s team."),
        ("Ask Thornbury or Wisniewski.", "Ask [name hidden] or [name hidden]."),
        ("Will you call Will back?", "Will you call [name hidden] back?"),
        ("The young man will ring.", "The young man will ring."),
        ("Mrs Patel was kind, so was Dr. O'Brien.", "Mrs [name hidden] was kind, so was Dr. [name hidden]."),
        (
            "mrs Patel and MR O'Brien, mr jones too.",
            "mrs [name hidden] and MR [name hidden], mr [name hidden] too.",
        ),
        ("The mrs was kind, the dr said so on MS Teams.", "The mrs was kind, the dr said so on MS Teams."),
        ("I spoke to Dave Brown about it.", "I spoke to [name hidden] about it."),
        (
            "Write to dave.b+x@mail.example.co.uk or ring +44 7700 900123.",
            "Write to [e-mail hidden] or ring [phone number hidden].",
        ),
        ("Call (020) 7946 0018 today.", "Call [phone number hidden] today."),
        ("It took 1,204 s and 3 calls.", "It took 1,204 s and 3 calls."),
    ],
)
def test_a_quote_names_nobody(text, quote):
    assert mask_for_quote(text, NAMES) == quote


@given(
    text=st.text(alphabet=string.printable + "áłß•", max_size=150),
    names=st.lists(st.text(alphabet=string.ascii_letters + " á-", max_size=20), max_size=4),
)
def test_quoting_twice_changes_nothing(text, names):
    once = mask_for_quote(text, names)
    assert mask_for_quote(once, names) == once


@given(st.sampled_from(NAMES), st.sampled_from(["Thanks to {}.", "{} rang back!", "It was {}, not me"]))
def test_a_full_name_never_survives_a_quote(name, sentence):
    quote = mask_for_quote(sentence.format(name), NAMES)
    assert quote == sentence.format(HIDDEN_NAME)


def test_a_page_can_mark_the_hidden_parts():
    assert split_masks("Card \u2022\u2022\u2022\u2022 4417 of [name hidden].") == [
        ("Card ", False),
        ("\u2022\u2022\u2022\u2022 4417", True),
        (" of ", False),
        ("name hidden", True),
        (".", False),
    ]


KNOWN = ["Rhys Llewellyn", "Bo Li", "Siobh\u00e1n O'Brien", "Bronwen Okafor", "Anne-Marie Baker", "Amy Will"]
ALSO_WORDS = ["Mark Young", "No Do", "Will May", "Bill Baker", "Winter Power"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("my account number is 4471882", "4471882"),
        ("account: AB123456 please", "AB123456"),
        ("mail rhys.llewellyn@corp today", "llewellyn"),
        ("write to a.b at x dot co dot uk", "a.b"),
        ("ring (212) 555-0147", "555"),
        ("i spoke to rhys and he was rude", "rhys"),
        ("i think it was rhys.", "rhys"),
        ("ask mr llewellyn", "llewellyn"),
        ("bronwen was helpful", "bronwen"),
        ("a big thank-you to anne and to okafor", "okafor"),
        ("ok, AMY rang back, amy is great", "amy"),
        ("spoke to will and he rang back", "will"),
        ("mr baker never called", "baker"),
        ("ask Bo about it", "Bo"),
        ("O\u2019Brien was kind", "Brien"),
    ],
)
def test_what_gives_somebody_away_in_a_quote_is_hidden(text, hidden):
    assert hidden not in mask_for_quote(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "we met at noon and at six",
        "two emails at once",
        "on my account 12 times",
        "so by mark it was",
        "it was young",
        "No, Do it",
        "it will be paid in may",
        "the bill was right, a good mark for the baker on our street",
        "happy to help, no power since last winter",
        "we always miss GP appointments",
        "don't miss A good chance",
        "we always miss Christmas Day",
        "the mr scanner was cold",
        "saw mrs about my bill",
        "MR Scan took ages, so did the MR Scanner",
        "I told the dr I was ill and he kept me waiting",
        "the mrs he saw",
    ],
)
def test_ordinary_words_stay_in_a_quote(text):
    assert mask_for_quote(text, ALSO_WORDS) == text


def test_names_that_a_sentence_gives_away_are_found():
    texts = ["John Smithson was great, ask for  John Smithson", "I rang Jane Okonkwo", "Dr Ann Bell saw me"]
    assert names_given_away(texts) == {"John Smithson", "Jane Okonkwo", "Ann Bell"}
    assert names_given_away(["Ask for Refunds", "I rang British Gas", "call Customer Services now"]) == set()
    assert names_given_away(["We always miss Christmas Day", "MR Scan Department was shut"]) == set()


def test_what_may_be_shown_of_a_text_has_stops_for_what_is_hidden():
    said = ["Please ask for John Smithson", "John Smithson rang 07700 900456 about it", "The boiler is cold"]
    assert [text.split() for text in without_hidden(said)] == [
        ["Please", "ask", "for"],
        ["rang", ".", "about", "it"],
        ["The", "boiler", "is", "cold"],
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Paid with code 1 2 3 on the back",
        "the cvv was 737 then",
        "my security number is 1234",
        "card verification value 123",
        "the 3 numbers on the back are 1 2 3",
        "GB82 WEST 1234 5698 7654 32 is mine",
        "QQ 12 34 56 C was asked for",
        "AB123456C was asked for",
        "sort code 123456",
        "account AB-12345 closed",
        "ring 07700 900456",
        "4111 1111 1111 1111 was charged",
        "write to jo at example dot com",
        "find me as @someone",
    ],
)
def test_what_a_quote_hides_is_never_shown(said):
    """Looking for signs first must not let anything through that masking would hide."""
    hidden = [part for part, is_hidden in split_masks(mask_for_quote(said)) if not is_hidden]
    assert without_hidden([said]) == [" . ".join(hidden)]


PIECES = [
    "123",
    "1-2-3",
    "45",
    "GB82",
    "cvv",
    "csc",
    "card",
    "verification",
    "value",
    "number",
    "security",
    "code",
    "last",
    "three",
    "digits",
]


@given(
    st.text(alphabet="0123456789 -.@ABGacdefilmnorstuvy", max_size=60)
    | st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
)
@example("card verification value 123")
def test_signs_of_what_is_hidden_miss_nothing(said):
    if mask_for_quote(said) != said:
        assert without_hidden([said]) != [said]
