"""Operations: which version of the model is live and why, experiments, monitoring, drift, retraining."""
