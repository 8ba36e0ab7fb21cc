"""Proofs that are too heavy for every test run: crowds, late saves, a server that is killed."""
