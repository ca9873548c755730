"""Search by photo."""

from __future__ import annotations

PHOTO_SEARCH = "Search by photo"
PHOTO_HELP = "Choose, paste or take a picture. Articles that look like it appear here."
PHOTO_OF = "The photo of {name} ({article})."
NO_PHOTO_OF = "There is no photo of {name} ({article}). Choose another picture."
UPLOAD = "Picture"
CAMERA = "Use the camera"
PASTE_WORDS = {
    "paste": "Paste a picture",
    "unreadable": "This file isn’t a readable image.",
    "nothing": "The clipboard contains no picture.",
    "keys": "The browser doesn’t let this page read the clipboard. Press Ctrl+V (⌘V) instead.",
}
CROP_WORDS = {
    "picture": "Your picture",
    "frame": "The part to search for. Arrow keys move the frame; with Shift they resize it.",
    "all": "Use whole photo",
}
NOTHING_ALIKE = "Nothing in this shop looks like this picture. The closest articles are shown anyway."
LOADING_NETWORK = "Loading the network …"
NO_PICTURE = "This file isn’t a readable image: {reason}"
PICTURES_WAIT = "Other pictures are being read. Try again in a moment."
NO_VECTORS = "No photos have been processed yet. Run python visual_features.py, then python visual_reccs.py."
NO_ENCODER = "Search by photo is not available here."
