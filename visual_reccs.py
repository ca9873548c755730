"""Step 4: which articles look alike.

    python visual_reccs.py            # the 12 nearest of each article
    python visual_reccs.py --k 24
    python visual_reccs.py --variants exclude      # never the same product in another colour
    python visual_reccs.py --vectors plain         # cosine of the network's own vectors, nothing learned

Reads visual_features.npy with its .json, and articles.parquet; writes visual_reccs.parquet, visual_map.parquet, the
catalogue in two dimensions, visual_index.npy, which answers live queries, and visual_learned.npy with
visual_learned_index.npy, where vectors that learned from the catalogue's labels find more that is alike (then the plain
twins, which serve the hybrid better, are visual_reccs_plain.parquet). Learns from the thumbnails how to look up photos
from outside: visual_search.npy, with an index and a projection.
Next: individual_baseline.py.
"""

from stylo.commands.twins import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
