"""What a few answers per agent allow to say, and what they don't. Ratings are 1 to 5, five answers an agent and month.

Five ratings wobble far more than agents differ. So spread is pooled over agents, every agent is pulled towards the
mean by as much as chance explains, and below a reliability of .7 nothing individual is said at all.
"""
