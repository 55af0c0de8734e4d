"""Is the winner of a study better than the project as it is, or was it lucky?

A search picks the best of many noisy numbers, so that the winner's own number is too good (Cawley
and Talbot 2010, "On over-fitting in model selection and subsequent selection bias in performance
evaluation"). Here the best trials are trained again, with seeds that the search has not seen,
beside the present project: ``running`` trains, ``record`` keeps, ``judging`` compares, ``words``
says it.
"""
