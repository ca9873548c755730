"""The tour for whoever is here for the first time."""

from __future__ import annotations

TOUR = "A short tour"
#: Title and words of each step.
TOUR_STEPS = (
    (
        "Find articles",
        "Type what you are looking for, such as “black dress”, or narrow the list with filters. Click an article to "
        "see what sells with it and what looks like it.",
    ),
    (
        "Look at shoppers",
        "Shopper shows what the model recommended to a customer beside what they bought. Search by photo and the "
        "Catalogue map find articles by look.",
    ),
    (
        "Check the model",
        "Evaluation tells how good the recommendations are, and for whom. Operations shows which model is live; Data, "
        "whether everything is up to date.",
    ),
)
TOUR_PLACE = "Step {step} of {steps}"
TOUR_BACK, TOUR_NEXT, TOUR_DONE, TOUR_SKIP = "Back", "Next", "Done", "Skip tour"
