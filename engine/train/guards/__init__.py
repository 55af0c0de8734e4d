"""Guards: they notice what goes wrong in a run and say it in a sentence.

``guards`` is what the loop calls. Each judge is a pure function of cheap facts (``base``), in a
file with its likes: ``losses`` (every step), ``learning``, ``signals``, ``rates`` and ``speed``
(ends of epochs). ``looking`` reads the facts, ``blame`` finds where a number that is not finite
began, ``repair`` goes back and on. Torch is imported by the last three only.
"""
