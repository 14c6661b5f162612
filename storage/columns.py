"""What all tables are made with."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")
"""The type of numbers by which rows are known."""
