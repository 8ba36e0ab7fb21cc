"""A believable shop of any size, for looking around, for tests of speed and for training.

All people, firms, plates and numbers are invented. Nothing here is used by a real shop.
"""
