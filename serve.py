"""The HTTP service: recommendations, similar articles, search, events.

    python serve.py                                     # serves what final.py left in data/, at 127.0.0.1:8000
    python serve.py keys create --name shop --scope read --scope events
    python serve.py models list                         # versions of the model, and which is live
    python serve.py log prune --older-than 90           # delete what was logged of recommendations before

Every setting of docs/service.md that is no option here comes from the environment: STYLO_SERVICE_RATE=50.
"""

from stylo.script import with_libraries

with with_libraries("serve"):
    from stylo.commands.serve import app

if __name__ == "__main__":
    app()
