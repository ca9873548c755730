"""Every page: names, notices."""

from __future__ import annotations

TITLE = "StyloAI"
#: What the browser's tab is called.
TAB = "{words} · StyloAI"
OPENING = "Opening the shop …"
LOADING = "StyloAI is loading …"
NOTHING_YET = "Nothing to show yet"
NOTHING_YET_HELP = """
This data folder contains no tables. Either make the demo shop (drawn garments, made-up shoppers):

```
make demo
```

or put Kaggle's three CSV files in the folder and convert them to tables:

```
python data_optim.py --data {data}
```
"""
CHANGED = "This shop’s data have changed. You still see the old data."
RELOAD = "Reload data"
PART_MISSING = "Nothing to show here until its script has run:"
NO_PHOTOS = "No photos: {reason}"
THUMBNAILS_ONLY = "The photos are missing; their stored thumbnails are shown instead. {reason}"
NO_PHOTO = "No photo"
UNTRAINED = (
    "Untrained network (random weights): matches share colours and textures rather than the type of garment, and "
    "their percentages say little."
)
