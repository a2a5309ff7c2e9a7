"""The citizen's voice: wishes, strengths, questions, decisions, feedback."""

from typing import Final

from hub.cli.base import group
from hub.cli.telling import Row, add_told

app: Final = group(
    "Borgerens stemme: ønsker, styrker, spørgsmål, valg.",
    "The citizen's voice: wishes, strengths, questions, decisions.",
    'hub voice wish CITIZEN --words "Et sted at cykle hen" --label wishes --as citizen',
)
ROWS: Final = (
    Row(
        "help-card",
        "citizen.help_card_written",
        ("Skriv, hvordan man bedst hjælper.", "Write how to help best."),
    ),
    Row(
        "help-card-read",
        "citizen.help_card_read",
        ("Noter, at du har læst, hvordan man bedst hjælper.", "Note that you have read how to help best."),
    ),
    Row(
        "important",
        "citizen.important_told",
        ("Fortæl, hvad der er vigtigt.", "Tell what is important."),
    ),
    Row(
        "portrait",
        "citizen.portrait_written",
        (
            "Skriv, hvem du er; del det bagefter med dem, du vælger.",
            "Write who you are; share it afterwards as you choose.",
        ),
    ),
    Row(
        "strength",
        "citizen.strength_suggested",
        (
            "Foreslå en styrke; kun borgeren bekræfter den.",
            "Suggest a strength; only the citizen confirms it.",
        ),
    ),
    Row(
        "confirm-strength",
        "citizen.strength_confirmed",
        ("Sig ja til en styrke.", "Confirm a strength."),
    ),
    Row(
        "rest-strength",
        "citizen.strength_rested",
        ("En styrke hviler lige nu.", "Let a strength rest for now."),
    ),
    Row(
        "difficulty",
        "citizen.difficulty_noted",
        ("Skriv, hvad der er svært.", "Note what is hard."),
    ),
    Row(
        "wish",
        "citizen.wish_made",
        (
            "Kom med et ønske; det venter, til det er besvaret.",
            "Make a wish; it is due until it is answered.",
        ),
    ),
    Row(
        "answer-wish",
        "citizen.wish_answered",
        ("Svar på et ønske; et nej får en grund.", "Answer a wish; a no gets a reason."),
    ),
    Row(
        "risk",
        "citizen.risk_talked_over",
        ("Skriv, hvad der taler for og imod.", "Note what speaks for and against."),
    ),
    Row(
        "success",
        "citizen.success_told",
        ("Fortæl noget, der lykkedes.", "Tell of a success."),
    ),
    Row(
        "choice",
        "citizen.choice_explained",
        ("Forklar, hvad der er at vælge imellem.", "Explain what there is to choose between."),
    ),
    Row(
        "decide",
        "citizen.decision_made",
        ("Skriv, hvad der blev valgt, og af hvem.", "Note what was decided, and by whom."),
    ),
    Row(
        "expectations",
        "citizen.expectations_aligned",
        ("Skriv, hvad hver især venter.", "Note what each expects."),
    ),
    Row(
        "ask",
        "citizen.question_asked",
        ("Stil et spørgsmål; svaret venter på nogen.", "Ask a question; a reply is due."),
    ),
    Row(
        "discontent",
        "citizen.discontent_told",
        (
            "Sig, at noget ikke er godt nok; svaret venter på nogen.",
            "Say that something is not right; a reply is due.",
        ),
    ),
    Row(
        "answer",
        "citizen.question_answered",
        ("Svar på et spørgsmål eller en utilfredshed.", "Answer a question or discontent."),
    ),
    Row(
        "experience",
        "citizen.experience_acknowledged",
        ("Fortæl om hjælp, der ikke kom i tide.", "Tell of help that came too late."),
    ),
    Row(
        "contribution",
        "citizen.contribution_offered",
        ("Tilbyd at gøre noget for andre.", "Offer to do something for others."),
    ),
    Row(
        "feedback",
        "citizen.feedback_given",
        ("Sig, hvordan samarbejdet er.", "Say how the cooperation is."),
    ),
    Row(
        "act-on-feedback",
        "citizen.feedback_acted_on",
        ("Skriv, hvad der blev gjort ved det.", "Note what was done about it."),
    ),
    Row(
        "plain-words",
        "citizen.plain_words_given",
        ("Sig en faglig tekst i almindelige ord.", "Say a professional text in plain words."),
    ),
    Row(
        "meeting-preference",
        "citizen.meeting_preference_told",
        ("Sig, hvordan møder helst skal være.", "Say how meetings should be."),
    ),
    Row(
        "match",
        "citizen.match_wished",
        ("Ønsk, hvem der skal hjælpe.", "Wish for a match."),
    ),
    Row(
        "change-worker",
        "citizen.worker_change_wished",
        ("Ønsk en anden medarbejder.", "Wish for another worker."),
    ),
    Row(
        "decide-worker",
        "citizen.worker_change_decided",
        ("Svar på ønsket om en anden medarbejder.", "Decide on another worker."),
    ),
)
add_told(app, "hub voice", ROWS)
