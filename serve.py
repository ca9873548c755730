"""The HTTP service: recommendations, similar articles, search, events.

    python serve.py                                     # serves what final.py left in data/, at 127.0.0.1:8000
    python serve.py keys create --name shop --scope read --scope events
    python serve.py models list                         # versions of the model, and which is live
    python serve.py log prune --older-than 90           # delete what was logged of recommendations before

Every setting of docs/service.md that is no option here comes from the environment: STYLO_SERVICE_RATE=50.
"""

from stylo.errors import MissingLibrary
from stylo.script import edge

with edge():
    try:
        from stylo.commands.serve import app
    except ModuleNotFoundError as error:
        problem = f"The library {error.name} is not installed."
        cure = "Install what the service needs: pip install '.[serve]' -c constraints.txt"
        raise MissingLibrary(problem, cure=cure) from error

if __name__ == "__main__":
    app()
