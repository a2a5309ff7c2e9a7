"""Needs and rhythm: hard periods, changed needs, what cannot wait, status, phases."""

from typing import Final

from hub.cli.base import group
from hub.cli.telling import Row, add_told

app: Final = group(
    "Behov, svære perioder, det der haster, status.",
    "Needs, hard periods, what cannot wait, status.",
    'hub need report CITIZEN --text "Har brug for mere" --label plan --as mette',
)
ROWS: Final = (
    Row(
        "hard-period",
        "citizen.hard_period_marked",
        ("Noter en svær periode; påmindelser bliver mildere.", "Mark a hard period; reminders soften."),
    ),
    Row(
        "end-hard-period",
        "citizen.hard_period_ended",
        ("Den svære periode er slut.", "End a hard period."),
    ),
    Row(
        "contact-level",
        "citizen.contact_level_agreed",
        ("Aftal, hvor meget kontakt der skal være.", "Agree how much contact there is."),
    ),
    Row(
        "report",
        "citizen.need_change_reported",
        ("Meld et ændret behov til myndigheden.", "Report a changed need to the authority."),
    ),
    Row(
        "acknowledge",
        "citizen.need_change_acknowledged",
        ("Kvitter for et ændret behov (myndigheden).", "Acknowledge a changed need (the authority)."),
    ),
    Row(
        "assess",
        "citizen.need_change_assessed",
        ("Vurder et ændret behov (myndigheden).", "Assess a changed need (the authority)."),
    ),
    Row(
        "acute",
        "citizen.acute_problem_reported",
        ("Meld noget, der haster: husleje, regninger.", "Report what cannot wait: rent, bills."),
    ),
    Row(
        "solve",
        "citizen.acute_problem_solved",
        ("Det, der hastede, er løst.", "It is solved."),
    ),
    Row(
        "seek",
        "citizen.help_sought",
        (
            "Søg om hjælp; herfra tælles tiden til det første svar.",
            "Seek help; from here the first reply is timed.",
        ),
    ),
    Row(
        "reply",
        "citizen.inquiry_answered",
        ("Giv det første svar.", "Give the first reply."),
    ),
    Row(
        "decision",
        "citizen.support_decided",
        ("Træf afgørelse om støtte (myndigheden).", "Decide on support (the authority)."),
    ),
    Row(
        "rhythm",
        "citizen.dialogue_rhythm_agreed",
        ("Aftal, hvor tit der tales sammen.", "Agree how often to talk."),
    ),
    Row(
        "status",
        "citizen.status_given",
        ("Giv status.", "Give a status."),
    ),
    Row(
        "pathway",
        "citizen.pathway_changed",
        ("Skift forløb (myndigheden).", "Change the pathway (the authority)."),
    ),
    Row(
        "phase",
        "citizen.phase_changed",
        ("Begynd en ny fase.", "Begin a new phase."),
    ),
    Row(
        "area",
        "citizen.life_area_told",
        ("Fortæl om en del af livet.", "Tell of an area of life."),
    ),
    Row(
        "method",
        "citizen.method_used",
        ("Skriv, hvilken metode der bruges, og hvorfor.", "Note which method is used, and why."),
    ),
    Row(
        "measure",
        "citizen.measurement_recorded",
        (
            "Skriv en måling ned: tallet, aldrig spørgsmålene.",
            "Record a measurement: the number, never the questions.",
        ),
    ),
    Row(
        "transition",
        "citizen.transition_expected",
        ("Noter en overgang, fx en aldersgrænse.", "Note a transition, for example an age limit."),
    ),
    Row(
        "transition-prepared",
        "citizen.transition_prepared",
        ("Overgangen er forberedt.", "The transition is prepared."),
    ),
    Row(
        "address",
        "citizen.address_noted",
        ("Skriv, hvor borgeren bor.", "Note where the citizen lives."),
    ),
    Row(
        "later-help",
        "citizen.future_support_discussed",
        ("Tal om hjælp senere hen.", "Talk about later help."),
    ),
    Row(
        "way-back",
        "citizen.way_back_agreed",
        ("Aftal vejen tilbage.", "Agree on the way back."),
    ),
)
add_told(app, "hub need", ROWS)
