-- Rights are kept by `migrate` itself from now on (src/access): four roles, what each may do on which tables, and the views of the restricted reader.
-- The function that did a part of it took an advisory lock by a number that any reader could take too.
drop function if exists voxport_ops.grant_bi_access();

create schema voxport_restricted;
comment on schema voxport_restricted is 'The tables and views of schema voxport without message text, summaries, phone numbers, user ids, free text, and parameters or results of tools: for members of the role voxport_bi_restricted. Made anew by migrate';
