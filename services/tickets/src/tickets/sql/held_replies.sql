-- Replies that wait before they go.

-- name: insert
insert into held_reply (id, ticket_number, made_at, send_at, reply, token_id, name, actor, agent, bot, admin, via)
values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12);

-- name: find
select * from held_reply where id = $1;

-- name: of_ticket
-- One of a ticket's, with how far the message that it became has come.
select held_reply.*, message.delivery_state, message.delivery_detail, message.kind, message.notification_id,
  message.rfc_message_id, message.deleted_at, message.accepted_at, message.channel,
  exists (select from sent_revision where sent_revision.message_id = message.id) as revised
from held_reply left join message on message.id = held_reply.message_id
where held_reply.id = $2 and held_reply.ticket_number = $1;

-- name: on_their_way
-- What waits in a ticket, and what has just become a message, in the order in which it was written.
select * from held_reply
where ticket_number = $1 and (state = 'held' or (state = 'sent' and ended_at > clock_timestamp() - $2::interval))
order by made_at, id limit $3;

-- name: end
-- Says nothing where it has ended before. The words of what was sent are its message's; what it asked for of the ticket
-- stays, for whoever writes it again where it did not arrive: by then a bounce may have opened the ticket.
update held_reply set state = $2, why = $3, message_id = $4, ended_at = clock_timestamp(),
  reply = case when $2 = 'sent' then jsonb_build_object('status', reply->'status', 'fields', reply->'fields')
    else reply end
where id = $1 and state = 'held'
returning id;

-- name: forget
-- What ended long ago.
delete from held_reply where id in (
  select id from held_reply where ended_at < clock_timestamp() - interval '7 days' order by ended_at limit 20
);
