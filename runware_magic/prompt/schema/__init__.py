"""Schemas: what the data of an answer must look like, and the data that it has."""
