"""The demo that lives: simulated agents and customers who use the desk the way people do.

Agents sign in over HTTP and sit at a desk socket; customers start calls and hold the socket of the call page. Both
report sound where a browser would, though there is none. Nothing here touches a table to move work along: what they do
goes through the services and events that people use, and the router alone decides who gets whom.

People and machines never meet, since one of the two would hear nothing. Their contacts wait in the same queues, but in
a pool of their own (`SIMULATED_POOL`), and a seat that says hello as a simulated page sees that pool only. A pool was
chosen over a skill that only simulated agents hold: a skill keeps people away from simulated callers, but nothing keeps
real callers away from an agent who has one skill too many, and it would have to be given and taken back in rows that
a crash leaves behind. The pool is a filter that the router has anyway.
"""
