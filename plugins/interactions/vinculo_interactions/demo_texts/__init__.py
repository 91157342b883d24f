"""What the staff of the sample company write down, by language.

Phrases are parted by bars, an outcome from the step that follows it by `>`; the places in braces are
filled in. A leading `-` keeps a phrase for prospects, `+` for customers, `!` says that nobody answered.
"""
