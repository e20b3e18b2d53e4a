"""Reading a study in a database by plain SQL: what Optuna's storage classes read in minutes, in about a second.

Optuna's tables are read as they are since 3.2; nothing is written and no transaction held. Other programs wrote
what stands in them: a row that makes no sense is left out.
"""
