-- Bearer tokens of the API. Only their SHA-256 is kept.

-- name: create
insert into api_token (name, hash, scopes, expires_at, agent, bot)
values ($1, $2, $3, clock_timestamp() + $4::interval, $5, $6)
returning *, 'in force' as state;

-- name: find
-- By hash: whoever guesses learns nothing from the time, since he cannot choose what the hash begins with and use it.
-- The token of a retired agent ends with them.
select id, api_token.name, hash, scopes, agent, bot, agent.name as agent_name
from api_token left join agent on handle = agent
where hash = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
  and (agent is null or agent.active);

-- name: agent
-- Somebody for whom a service asks.
select name, active from agent where handle = $1;

-- name: all
select *,
  case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired'
    when exists (select from agent where handle = api_token.agent and not active) then 'retired' else 'in force' end
    as state
from api_token order by id;

-- name: revoke
update api_token set revoked_at = clock_timestamp()
where revoked_at is null and (name = $1 or id::text = $1)
returning *, 'revoked' as state;

-- name: note_uses
-- Once a minute for a token, however many replicas know that it is used; by the clock of the database.
update api_token set last_used_at = used.at
from (
  select id, clock_timestamp() - make_interval(secs => seconds) as at
  from unnest($1::bigint[], $2::float8[]) as given (id, seconds)
) as used
where api_token.id = used.id and (last_used_at is null or last_used_at < used.at - interval '1 minute');
