"""What agents write about their work, and what team leaders note about a contact, by theme and tone."""

AGENT: dict[str, dict[str, tuple[str, ...]]] = {
    "system_tools": {
        "bad": (
            "{tool} froze {times} {day} and I had to apologise to every caller",
            "login takes ten minutes each morning because {tool} wants two passwords",
            "too many systems, I have {n} windows open for one address change",
            "{tool} drops the call whenever I pick up a transfer",
            "slow system again, {tool} needs a minute to show one account",
        ),
        "good": ("the new shortcut in {tool} saves me half a minute on each call",),
    },
    "knowledge_base": {
        "bad": (
            "the article on {topic} is out of date, it still shows last year's rates",
            "I cannot find anything on {topic} in the knowledge base",
            "two articles on {topic} contradict each other, so we all do it differently",
            "the update on {topic} was not shared with the late shift",
            "search in the knowledge base returns forty hits and none is about {topic}",
        ),
        "good": ("the new article on {topic} is spot on, more of that",),
    },
    "training_induction": {
        "bad": (
            "I was put on live calls about {topic} without any practice",
            "two days of induction were not enough, we were thrown in",
            "no refresher on {topic} since I started",
            "shadowing was cancelled {times}, so I learnt {topic} from customers",
            "in nesting there were {n} of us to one coach",
        ),
        "good": (
            "the refresher on {topic} really helped",
            "good induction, I felt ready for {topic} after the second week",
        ),
    },
    "coaching_support": {
        "bad": (
            "my 1:1 was cancelled {times} this month",
            "there is no one to ask on the late shift when a call about {topic} gets difficult",
            "I have not had any coaching since {ago}",
            "floor support ignored my question about {topic}",
        ),
        "good": (
            "{leader} always makes time for a question",
            "the coaching on {topic} was really useful",
            "{leader} listened to a call with me and found two things I did well",
        ),
    },
    "workload_pressure": {
        "bad": (
            "back to back calls since eight, no time to breathe",
            "we are understaffed on {day} and everyone feels it",
            "no wrap time, so the notes suffer",
            "I am exhausted after a week of non-stop complaints about {topic}",
            "targets are impossible on days like {day}",
        ),
        "good": ("the ten minutes off the phones after a hard call make a real difference",),
    },
    "schedule_flex": {
        "bad": (
            "my leave for {day} was refused without a reason",
            "the rota came out late again and I have childcare to arrange",
            "shift swaps take a week to be approved",
            "three late finishes followed by an early start is too much",
        ),
        "good": (
            "swapping my shift was easy this time, thank you",
            "the flexible start works really well for me",
        ),
    },
    "abuse_customers": {
        "bad": (
            "a caller swore at me for ten minutes about {topic}, I needed a break afterwards",
            "I was threatened on a call {day} and did not know whether I may hang up",
            "the shouting about {topic} gets to me, three of those this week",
            "a racist remark on a call {day}, I would like this to be recorded",
        ),
        "good": ("{leader} took me off the phones after the abusive call, that helped a lot",),
    },
    "recognition_reward": {
        "bad": (
            "nobody said thank you for the weekend we covered",
            "the bonus depends on things we cannot influence, that feels unfair",
            "new starters earn nearly the same as I do after {years} years",
        ),
        "good": (
            "the thank-you card from {leader} made my week",
            "it was nice to be recognised in the team meeting",
        ),
    },
    "career_growth": {
        "bad": (
            "there is no progression here, it is a dead end after {years} years",
            "same thing every day, I would like to learn {topic}",
            "I applied for promotion {times} and never got feedback",
        ),
        "good": ("glad I was given the chance to train on {topic}", "the development plan is a good step"),
    },
    "team_relations": {
        "bad": (
            "the same people always get the easy queue, it looks like favourites",
            "there is gossip in the team and nobody stops it",
            "people who work from home feel left out of the team",
        ),
        "good": (
            "great team spirit this month",
            "colleagues jump in as soon as a call about {topic} gets rough",
        ),
    },
    "communication_change": {
        "bad": (
            "no one told us about the change to {topic}, we heard it from customers",
            "the briefing on {topic} came after it went live",
            "mixed messages about {topic}, two team leaders said two things",
            "changes are last minute and nobody explains why",
        ),
        "good": (
            "being asked before the change to {topic} was decided felt good",
            "clear briefing on {topic}, thanks",
        ),
    },
    "equipment_environment": {
        "bad": (
            "my headset crackles and customers cannot hear me",
            "it is too hot on the second floor in the afternoon",
            "so noisy near the kitchen that I have to ask customers to repeat",
            "my wifi at home drops and nobody can tell me whom to ask",
        ),
        "good": ("the new chairs are a relief",),
    },
    "process_policy": {
        "bad": (
            "we need a manager's approval for a refund of {amount}, it costs two calls",
            "the duplicate form for {topic} is a pointless step",
            "customers are angry at me for a rule on {topic} that I cannot change",
        ),
        "good": ("letting us approve small refunds ourselves saves everyone a call",),
    },
}

LEADER: dict[str, dict[str, tuple[str, ...]]] = {
    "greeting_identity": {
        "bad": ("{name} skipped the second security question on a call about {topic}",),
        "good": ("{name} opened the call warmly and did the security check without a script",),
    },
    "empathy_tone": {
        "bad": ("{name} sounded abrupt when the customer became upset about {topic}",),
        "good": (
            "{name} stayed calm and kind with a very upset customer",
            "{name} acknowledged the bereavement before anything else, beautifully done",
        ),
    },
    "listening": {
        "bad": (
            "{name} interrupted the customer twice and missed that the call was about {topic}",
            "{name} went straight to the solution before the customer had finished",
        ),
        "good": ("{name} summarised back what the customer said about {topic} before answering",),
    },
    "clarity": {
        "bad": ("{name} used our abbreviations when explaining {topic}, the customer got lost",),
        "good": ("{name} explained {topic} in three plain sentences and checked that it was understood",),
    },
    "ownership": {
        "bad": ("{name} promised a call back about {topic} and did not put it in the diary",),
        "good": (
            "{name} rang a customer back about {topic} without being asked, exactly on time",
            "{name} stayed ten minutes to see {topic} through",
        ),
    },
    "knowledge": {
        "bad": ("{name} was unsure about {topic} and gave the old rule",),
        "good": ("{name} knew the rule on {topic} by heart and quoted it correctly",),
    },
    "accuracy_compliance": {
        "bad": (
            "notes were missing on {n} of the calls about {topic} that I listened to with {name}",
            "{name} did not read the statutory wording before taking the payment",
        ),
        "good": ("all notes complete and correct on the {n} calls I checked with {name}",),
    },
    "transfer": {
        "bad": ("{name} transferred the customer cold when {topic} came up",),
        "good": ("{name} introduced the customer to the colleague before hanging up",),
    },
}

NESTING = (
    "the job is nothing like the advert, nobody said it was all complaints",
    "we were thrown onto live calls in week two because the trainer was off",
    "there were {n} of us to one coach in nesting, most days nobody sat with me",
    "I was not trained on {topic} and the calls come anyway",
)
"""The planted bad intake: what its members write in their first weeks."""

NEW_BILL_AGENT = (
    "every second caller asks about the redesigned bill and we have no guidance on it",
    "the blended unit rate on the new bill is impossible to explain on the phone",
    "we cannot see the redesigned bill on our screens, only the old layout",
    "calls about page two of the new bill take twice as long",
)

DESKTOP_AGENT = (
    "since the new desktop the account screen freezes on nearly every call, I fill the gap with hold music",
    "our team got the new desktop first and it hangs when two accounts are open",
    "I look slow because the new desktop needs a minute to load an account",
    "customers think I am hiding something, but it is the new desktop that will not load",
)
