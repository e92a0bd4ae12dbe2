-- The number at which the desk may ring an agent, in E.164. That no two agents at work have the same is seen to by
-- whoever changes the desk, under its lock: an index would refuse a file in which two of them swap theirs.
alter table agent add column phone text;
