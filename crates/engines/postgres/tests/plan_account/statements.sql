select count(*) from orders
select status, count(*), sum(total) from orders group by status order by status
select * from orders where customer_id = 17
select * from orders order by total desc limit 10
select * from orders order by total
select c.region, count(*) from orders o join customers c on c.id = o.customer_id group by c.region
select c.name, (select count(*) from orders o where o.customer_id = c.id) from customers c where c.region = 7
select * from customers c where exists (select 1 from orders o where o.customer_id = c.id and o.total > 998)
select count(*) from orders where total > (select avg(total) from orders)
select count(*) from orders where total > (select avg(total) from orders) and at > (select min(at) from orders where status = 'paid')
select (select max(total) from orders), count(*) from customers
select *, (select max(total) from orders) from customers limit 3
select count(*) from orders o, customers c where o.customer_id = c.id and c.region = (select region from customers where id = 1500) and o.total > (select avg(total) from orders)
with big as materialized (select * from orders where total > 500) select count(*) from big a join big b on a.id = b.customer_id
with big as materialized (select * from orders where total > 500) select * from big limit 5
with big as materialized (select * from orders where total > 500), few as materialized (select * from big where status = 'open') select (select count(*) from big), (select count(*) from few)
with x as (delete from watched where id > 2500 returning *) select * from x limit 1
with x as (update watched set n = n + 1 returning id) select count(*) from customers
with x as (insert into watched select i, i from generate_series(10000, 15000) i returning id) select count(*) from x where id % 2 = 0
with recursive r as (select 1 as n union all select n + 1 from r where n < 5000) select count(*) from r
update watched set n = n + 1
delete from customers where id < 100
insert into orders select i, i % 100 + 1, 'new', 1, now() from generate_series(300001, 305000) i
select count(slow(id)) from customers where id < 3000
select count(*) from customers a, customers b where a.region = b.region and a.id < 500
select count(*) from (select distinct status, customer_id from orders) d
select o.id, row_number() over (partition by customer_id order by total) from orders o
select count(*) from parts where v = 3
select v, count(*) from parts group by v
select count(*) from parts a join parts b using (k) where a.v = 1
select count(*) from orders where id in (select k from parts where v = 2)
select count(*) from orders where id not in (select k from parts where v = 2)
select * from orders o cross join lateral (select * from customers c where c.id = o.customer_id limit 1) l where o.total < 5
select status from orders union select name from customers
select count(*) from generate_series(1, 200000) g where g % 7 = 0
select * from (select * from orders order by id limit 1000) x join customers c on c.id = x.customer_id
select count(*) from orders where total > 5000 and (select true from customers where id = 0)
