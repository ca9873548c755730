"""Step 3: photos become vectors.

    python visual_features.py                              # images/0XX/*.jpg, ResNet50 with ImageNet's weights
    python visual_features.py --images ~/h-and-m.zip       # straight from Kaggle's zip
    python visual_features.py --model efficientnet-lite0   # weights that are installed: needs no network access

Reads articles.parquet and the photos; writes visual_features.npy (a vector an article, 2,048 values from ResNet50),
visual_features.json, visual_photos.parquet (state and colours of each photo), thumbnails/, and visual_network.xml and
.bin, the network itself, for search by photo. Run it again after an interrupt, or when photos have come, gone or
changed: only what is new is encoded. Next: visual_reccs.py.
"""

from stylo.commands.encode import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
