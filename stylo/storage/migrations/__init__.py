"""How the tables became what they are: Alembic's steps, one file each."""
