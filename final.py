"""Step 6: the hybrid, scored beside the baselines.

    python final.py                              # the split's week
    python final.py --weeks 26                   # and the 25 before it
    python final.py --submission submission.csv  # twelve articles for every customer, as Kaggle wants them
    python final.py --tune                       # search for the ranker's settings first

Reads train_split.parquet, valid_split.parquet, articles.parquet, customers.parquet and, if they are there,
visual_reccs.parquet, visual_reccs_plain.parquet, visual_features.npy and visual_index.npy; writes
predictions.parquet, article_reccs.parquet, model.bin and outfits.bin; text_features.npy and style_features.npy when
the articles have changed; with --tune ranker_settings.json and tuning.log. Next: streamlit run app.py.
"""

from stylo.commands.train import main
from stylo.script import run

if __name__ == "__main__":
    run(main)
