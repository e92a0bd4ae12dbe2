-- Bearer tokens of the API. Only their SHA-256 is kept.

-- name: create
insert into api_token (name, hash, scopes, expires_at)
values ($1, $2, $3, clock_timestamp() + $4::interval)
returning *, 'in force' as state;

-- name: find
-- By hash: whoever guesses learns nothing from the time, since he cannot choose what the hash begins with and use it.
select id, name, hash, scopes from api_token
where hash = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp());

-- name: all
select *,
  case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired' else 'in force' end
    as state
from api_token order by id;

-- name: revoke
update api_token set revoked_at = clock_timestamp()
where revoked_at is null and (name = $1 or id::text = $1)
returning *, 'revoked' as state;
