# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from ccperf.imports.subjects import agent_fields
from feedback.models import FeedbackItem


def feedback_fields() -> list[Field]:
    """The fields in the order in which they are offered."""
    roles = dict(FeedbackItem.GiverRole.choices)
    return [
        Field("reference", "Reference", "identifier", "The item's own identifier; the same one again is a correction.",
              maximum=120, synonyms=("comment id", "response id", "survey id", "feedback id", "case number", "case id",
                                     "complaint id", "id", "ticket id", "record id", "review id", "complaint number")),
        Field("received_on", "Received on", "date", "The day it was given.",
              synonyms=("date", "received", "date received", "response date", "submitted", "submitted at", "survey date",
                        "created", "created at", "timestamp", "comment date", "feedback date", "completed at", "review date",
                        "recorded date", "end date", "date submitted", "submit date", "submission date", "completion time",
                        "created date", "ticket created", "ticket created timestamp", "ticket created date", "case created",
                        "complaint date", "date of complaint", "date of response", "updated at"),
              weak_synonyms=("start date", "start time")),
        Field("comment", "Comment", "comment", "The words themselves; no comment stays empty.", maximum=20_000,
              synonyms=("text", "feedback", "comments", "verbatim", "answer", "fft answer", "response text", "review",
                        "free text", "customer comment", "message", "feedback text", "complaint text", "narrative",
                        "comment text", "review text", "description", "open text", "additional comments", "body", "satisfaction comment",
                        "ticket satisfaction comment", "csat comment", "open comment", "customer feedback", "other comments",
                        "verbatim comment", "customer verbatim"),
              weak_synonyms=("subject", "ticket subject", "question", "improvement")),
        Field("rating", "Rating", "number", "A figure on the scale; what is none can be named with --values.",
              synonyms=("score", "stars", "csat", "satisfaction", "overall rating", "satisfaction rating", "star rating",
                        "fft categorical answer", "overall score", "nps score", "customer rating", "overall satisfaction",
                        "ticket satisfaction rating", "nps", "csat score", "star", "likelihood to recommend",
                        "ltr score"),
              weak_synonyms=("satisfied", "recommend", "likely to recommend")),
        Field("rating_scale", "Highest possible rating", "number", "5 unless told.", minimum=1),
        Field("rating_best", "Best rating", "number", "1 where the lowest is best; else the highest.", minimum=0),
        Field("route", "Route", "text", "Key or name in the register of routes.", maximum=120,
              synonyms=("source", "survey name", "feedback route"), weak_synonyms=("channel", "method")),
        *agent_fields(),
        Field("process", "Process, tool or product", "text", "What it is about when it is about no person.", maximum=120,
              synonyms=("service", "product", "service type", "department", "area", "category")),
        Field("given_by", "Given by", "choice", "Who gave it; a customer unless told.", choices=roles,
              choice_synonyms={"patient": "customer", "caller": "customer", "client": "customer", "user": "customer",
                               "colleague": "agent", "peer": "agent", "team leader": "supervisor"},
              synonyms=("from", "respondent type", "given by role", "source type")),
        Field("customer_reference", "Customer reference", "identifier", "Customer or respondent number.", maximum=120,
              synonyms=("customer id", "respondent id", "account number", "customer number", "client id")),
        Field("strength", "Strength or improvement", "choice", "Whether it praises or asks for better.",
              choices=dict(FeedbackItem.Strength.choices),
              choice_synonyms={"positive": "strength", "negative": "improvement", "compliment": "strength",
                               "complaint": "improvement", "praise": "strength", "neutral": "mixed"}),
    ]  # fmt: skip
