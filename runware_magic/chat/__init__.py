"""Values of a conversation, without I/O: what is asked, what is answered, what came before.

Nothing in here knows IPython, HTTP, a clock or the environment.
"""
