"""The themes a centre starts with: definition, what each is a matter of, and phrases that hint at it.

Rows are written once and belong to the centre from then on: a changed name or phrase is never overwritten.
"""

from dataclasses import dataclass

from feedback.themes.models import Theme

A = Theme.Attribution


@dataclass(frozen=True)
class SeedTheme:
    key: str
    name: str
    definition: str
    attribution: str
    phrases: str


SEED_THEMES = (
    SeedTheme(
        "greeting_identity",
        "Opening and identification",
        "Opening, identification, security check",
        A.PROCESS,
        "did not give name; no greeting; security questions; data protection check; wrong person; "
        "verified details; asked password twice; skipped ID; introduced herself; passcode by text",
    ),
    SeedTheme(
        "empathy_tone",
        "Empathy and tone",
        "Warmth, courtesy, patience",
        A.AGENT,
        "rude; abrupt; did not care; sounded bored; kind; patient; understanding; talked over me; sarcastic; "
        "lovely manner; polite; friendly; polite and friendly; helpful attitude; dismissive",
    ),
    SeedTheme(
        "listening",
        "Listening",
        "Understands the need before answering",
        A.AGENT,
        "did not listen; kept interrupting; had to repeat myself; misunderstood; asked the right questions; "
        "jumped to conclusion; ignored what I said; summarised back; let me explain; listened to me",
    ),
    SeedTheme(
        "clarity",
        "Clarity",
        "Plain, structured explanation",
        A.AGENT,
        "confusing; jargon; hard to understand; explained clearly; contradicted himself; mumbled; too fast; "
        "no next steps; spelled it out",
    ),
    SeedTheme(
        "ownership",
        "Ownership",
        "Sees it through, keeps promises",
        A.PROCESS,
        "never called back; promised a call back; passed around; took ownership; followed up; nobody "
        "responsible; said it would be done; chased three times; kept me informed; nobody rang",
    ),
    SeedTheme(
        "resolution",
        "Resolution",
        "Problem solved first time",
        A.PROCESS,
        "still not fixed; sorted first time; have to ring again; same problem; unresolved; resolved; "
        "third call; no solution; fixed it",
    ),
    SeedTheme(
        "knowledge",
        "Knowledge",
        "Product and policy knowledge of the agent",
        A.AGENT,
        "did not know; wrong information; had to ask colleague; knew her stuff; unsure; gave wrong advice; "
        "well informed; out of date; guessed",
    ),
    SeedTheme(
        "accuracy_compliance",
        "Accuracy",
        "Errors, disclosures, regulated wording",
        A.AGENT,
        "wrong address; incorrect amount; mis-sold; not told about fee; terms not read; breach; notes "
        "missing; keyed wrong; statutory wording; charged twice",
    ),
    SeedTheme(
        "wait_access",
        "Wait and access",
        "Reaching someone",
        A.PROCESS,
        "on hold; waited ages; queue; could not get through; cut off; line busy; callback; too many options; "
        "opening hours; long wait",
    ),
    SeedTheme(
        "transfer",
        "Transfers",
        "Hand-offs",
        A.PROCESS,
        "transferred; wrong department; passed from pillar to post; start again; cold transfer; bounced; "
        "put through; explained again; sent back",
    ),
    SeedTheme(
        "process_policy",
        "Process and policy",
        "Rules that hurt",
        A.POLICY,
        "policy; red tape; computer says no; form again; approval; takes too long; pointless step; "
        "not allowed; duplicate paperwork",
    ),
    SeedTheme(
        "system_tools",
        "Systems and tools",
        "Tools slow or broken",
        A.TOOL,
        "system down; slow system; frozen; crashed; screen; login; too many systems; headset; CRM; "
        "dropped call",
    ),
    SeedTheme(
        "knowledge_base",
        "Knowledge base",
        "Articles missing or out of date",
        A.TOOL,
        "knowledge base; article wrong; cannot find; outdated script; no guidance; update not shared; "
        "search; conflicting info; cheat sheet",
    ),
    SeedTheme(
        "training_induction",
        "Training and induction",
        "Learning gap",
        A.MANAGEMENT,
        "not trained; training; induction; refresher; new product launch; thrown in; shadowing; nesting; "
        "no practice",
    ),
    SeedTheme(
        "coaching_support",
        "Coaching and support",
        "Team leader availability and help",
        A.MANAGEMENT,
        "team leader; no one to ask; coaching; feedback helpful; never see my manager; supportive; "
        "1:1 cancelled; floor support; ignored my question",
    ),
    SeedTheme(
        "workload_pressure",
        "Workload and pressure",
        "Volume, pace, no breathing space",
        A.MANAGEMENT,
        "back to back; no break; non-stop; understaffed; pressure; burnt out; exhausted; targets impossible; "
        "no wrap time",
    ),
    SeedTheme(
        "schedule_flex",
        "Shifts and leave",
        "Shifts, leave, breaks",
        A.POLICY,
        "shift; rota; leave refused; swap; late finish; weekend; overtime; childcare; flexible; break moved",
    ),
    SeedTheme(
        "abuse_customers",
        "Abuse by customers",
        "Aggression from customers",
        A.EXTERNAL,
        "shouted; swore; abuse; threatened; racist; harassment; upset after call; crying; hung up on",
    ),
    SeedTheme(
        "recognition_reward",
        "Recognition and reward",
        "Thanks, pay, incentives",
        A.MANAGEMENT,
        "thank you from my manager; bonus; unfair pay; recognised; not appreciated; incentive; well done; "
        "award; minimum wage",
    ),
    SeedTheme(
        "career_growth",
        "Career and growth",
        "Progression, variety",
        A.MANAGEMENT,
        "promotion; progression; dead end; same thing every day; new skill; opportunity; development; bored; "
        "stuck in the same role",
    ),
    SeedTheme(
        "team_relations",
        "Team relations",
        "Colleagues, fairness, inclusion",
        A.MANAGEMENT,
        "team spirit; clique; bullying; favourites; great team; gossip; left out; helpful "
        "colleagues; respect",
    ),
    SeedTheme(
        "communication_change",
        "Communication and change",
        "Being told and consulted",
        A.MANAGEMENT,
        "no one told us; last minute change; kept in the dark; consulted; briefing; rumours; "
        "mixed messages; unclear why",
    ),
    SeedTheme(
        "equipment_environment",
        "Equipment and environment",
        "Noise, desk, home working",
        A.TOOL,
        "noisy; chair; too hot; desk; home working; wifi; screen glare; parking; headset pain",
    ),
)


def seed_taxonomy() -> int:
    """Store the starting themes that were never stored; returns how many were new. Safe to repeat."""
    known = set(Theme.objects.filter(origin=Theme.Origin.SEED).values_list("key", flat=True))
    names = set(Theme.objects.live().values_list("name", flat=True))
    new = [
        Theme(
            key=seed.key,
            name=seed.name,
            definition=seed.definition,
            attribution=seed.attribution,
            phrases=[phrase.strip() for phrase in seed.phrases.split(";")],
            origin=Theme.Origin.SEED,
            position=position,
        )
        for position, seed in enumerate(SEED_THEMES, start=1)
        if seed.key not in known and seed.name not in names
    ]
    return len(Theme.objects.bulk_create(new, ignore_conflicts=True))
