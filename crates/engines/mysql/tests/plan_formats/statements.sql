select * from customer where id=5
select * from customer where id in (1,2,3) order by id desc
select * from customer c where c.id in (select customer_id from orders where total > 950)
select * from customer c where c.id not in (select x from nul)
select * from customer c where c.score = (select max(score) from customer)
select * from customer c where c.score > any (select x from nul where nul.y = c.id)
select country, count(*) from customer group by country
select score, count(*) from customer group by score order by 2
select distinct score from customer
select distinct customer_id from orders
select customer_id, min(status) from orders group by customer_id
select * from nul where x=3 or y=4
select * from orders where status='open' and customer_id=7
select * from orders where status='open' and placed between '2023-02-01' and '2023-02-10' and ref like 'r1%' and note like '%3'
select * from customer c join orders o on o.note=c.name
select * from customer c left join orders o on o.note=c.name and o.total>3
select * from customer c, nul n
with recursive r as (select 1 n union all select n+1 from r where n<5) select * from r
with x as (select country, count(*) n from customer group by country) select * from x a join x b on a.n=b.n
select * from (select customer_id, count(*) n from orders group by customer_id) d join customer c on c.id=d.customer_id where c.score>80
select id from customer union select id from nul
select id from customer union all (select id from nul limit 3) order by 1 limit 10
select id from customer intersect select x from nul
select id from customer except select x from nul
select id, row_number() over (partition by country order by score), sum(score) over (order by id) from customer order by name limit 4
select * from part where d between '2022-03-01' and '2022-04-01' and v=3
select * from doc where match(title, body) against ('body')
select id from geo where st_within(g, st_geomfromtext('polygon((0 0,0 5,5 5,5 0,0 0))'))
select * from json_table('[1,2,3]', '$[*]' columns (a int path '$')) j
select * from customer c, lateral (select * from orders o where o.customer_id=c.id order by total desc limit 2) l
select * from empty_t
select * from customer where 1=0
select 1
select count(*) from customer
select max(id) from customer
select * from customer where id=99999
insert into sink select id, name, score from customer
update orders set note='x' where customer_id=3
update orders o join customer c on c.id=o.customer_id set o.note='y' where c.score>80
delete from orders where status='zzz'
delete o from orders o join customer c on c.id=o.customer_id where c.score>8000
replace into sink values (1,'a',2)
insert into sink values (1000000,'a',2)
select * from nul a, nul b where a.x > b.y and b.x<3
select * from customer order by name limit 5 offset 100
select sql_buffer_result country from customer
select country, city, count(*) from customer group by country, city with rollup
select (select name from customer where id=o.customer_id) from orders o where total > (select avg(total) from orders) having 1
select * from customer where exists (select 1 from orders where customer_id=customer.id and rand()>0.5)
select * from item where (order_id,line) in ((1,0),(2,1),(3,2))
select count(distinct city), country from customer group by country
table customer limit 3
values row(1,2), row(3,4)
select * from (values row(1,2)) v
select * from customer c natural join nul n where c.id<10 for update
select distinct c.country from customer c join orders o on o.customer_id=c.id
select * from customer c1 join customer c2 on c1.city=c2.city join customer c3 on c3.score=c2.score where c1.id<5
select id, 1+(select count(*) from nul where nul.x=customer.score) from customer where id<5
select group_concat(name order by id) from customer
select * from customer where country='de' union all select * from customer where country='fr' order by name
select * from orders where placed > now() - interval 3 year and date(placed)='2023-05-05'
select * from customer ignore index(primary) where id=5 or city='city3'
select * from part p join nul n on n.id=p.id where p.v=3
select * from orders force index (placed) where placed > '2023-03-03' order by placed
select * from customer where id between 5 and 9
select * from customer where id > 990
select * from customer where country = 'de'
select id, country from customer where country = 'de'
select country from customer where country > 'f'
select * from customer where country = 'de' and city = 'city3'
select * from customer where country = 'de' or city = 'city3'
select count(*) from customer where country = 'de' and city = 'city3'
select * from orders where customer_id = 5 and placed > '2023-05-05'
select * from orders where customer_id in (1, 5, 9, 13) and status = 'open'
select * from orders where placed = '2023-05-05' order by total
select * from orders order by placed desc limit 10
select * from orders order by customer_id, status
select customer_id, status from orders where customer_id = 5 order by status desc
select * from orders order by customer_id desc, status asc limit 3
select * from orders where note like 'note%' order by id limit 10
select * from orders where ref like 'r12%'
select * from orders where ref = 12
select * from orders where total * 2 > 100
select * from orders where year(placed) = 2023 and month(placed) = 5
select status, count(*), sum(total) from orders group by status
select placed, count(*) from orders group by placed having count(*) > 5 order by 2 desc
select customer_id, status, count(*) from orders group by customer_id, status
select status, customer_id, count(*) from orders group by status, customer_id
select note, max(total) from orders where status = 'open' group by note with rollup
select distinct note from orders order by note
select distinct status, note from orders limit 5
select count(distinct customer_id) from orders
select count(distinct note) from orders
select min(placed), max(placed) from orders
select customer_id, max(placed) from orders group by customer_id
select customer_id, min(status), max(status) from orders where customer_id < 50 group by customer_id
select * from orders o join customer c on c.id = o.customer_id where c.country = 'de' and o.total > 900
select * from orders o left join customer c on c.id = o.customer_id where c.id is null
select * from customer c left join orders o on o.customer_id = c.id and o.status = 'void' where c.country = 'fr'
select * from customer c right join orders o on o.customer_id = c.id
select * from customer c left join (orders o join item i on i.order_id = o.id) on o.customer_id = c.id where c.id < 4
select straight_join c.name, o.total from orders o join customer c on c.id = o.customer_id
select * from customer c cross join digits d
select * from digits a, digits b, digits c where a.d = b.d and c.d = a.d + 1
select * from digits a join digits b on a.d < b.d
select * from customer c join nul n on n.y = c.score
select * from nul a join nul b on a.x = b.x or a.y = b.y where a.id < 10
select * from nul where x is null or x = 3
select * from nul a join nul b on b.x = a.y or b.x is null
select * from nul where x <=> null and y > 5
select * from customer c where exists (select 1 from orders o where o.customer_id = c.id and o.total > 900)
select * from customer c where not exists (select 1 from orders o where o.customer_id = c.id and o.status = 'open')
select * from customer where id in (select customer_id from orders where status = 'open' and placed > '2025-01-01')
select * from customer where name in (select note from orders)
select * from customer where id not in (select customer_id from orders)
select * from customer where (id, country) in (select customer_id, status from orders)
select * from customer where score in (select x from nul) or country = 'de'
select * from customer where score not in (select x from nul where x is not null) and id < 100
select * from nul where x in (select y from nul where x is null)
select x in (select y from nul) from nul
select * from customer where score > all (select x from nul where x is not null)
select * from customer where score = (select max(x) from nul where nul.y = customer.score)
select name, (select count(*) from orders o where o.customer_id = c.id) n from customer c order by n desc limit 5
select name, (select max(total) from orders where status = 'open') from customer where id < 20
select * from customer where id = (select max(customer_id) from orders)
select * from customer where id in (select max(customer_id) from orders group by status)
select * from customer where id in (select parent from tree union select id from tree where id < 5)
select * from customer c where 3 < (select count(*) from orders o where o.customer_id = c.id and o.status in (select status from orders where id < 5))
select * from customer where id in (select order_id from item where product in (select product from item where order_id = 77))
select * from customer c where c.id in (select o.customer_id from orders o join item i on i.order_id = o.id where i.product = 'p3')
select * from item where order_id in (select id from orders where customer_id in (select id from customer where country = 'de' and score > 70))
select * from (select * from customer where country = 'de') d where d.score > 10
select * from (select country, avg(score) a from customer group by country) d where d.a > 3 order by a
select * from (select distinct customer_id from orders limit 100) d join customer c on c.id = d.customer_id
select * from (select id, score from customer order by score limit 10) d order by id
select * from (select customer_id, sum(total) t from orders group by customer_id) a join (select customer_id, count(*) n from orders group by customer_id) b on a.customer_id = b.customer_id where a.t > 100
select * from (select * from (select * from customer where score > 5 limit 50) a where country = 'de' limit 20) b where id > 3
select * from customer c join (select customer_id, max(placed) p from orders group by customer_id) d on d.customer_id = c.id join orders o on o.customer_id = c.id and o.placed = d.p
with a as (select * from customer where score > 5), b as (select * from a where country = 'de') select * from b x join b y on x.score = y.score
with a as (select status, count(*) n from orders group by status) select * from a union all select * from a
with recursive t as (select id, parent, 0 depth from tree where parent is null union all select c.id, c.parent, depth + 1 from tree c join t on c.parent = t.id) select depth, count(*) from t group by depth
with recursive n as (select 1 i union distinct select i + 1 from n where i < 20) select count(*) from n a join n b
with recursive n as (select 1 i union all select i + 1 from n where i < 5) select * from customer where id in (select i from n)
select id from customer where country = 'de' union all select id from customer where country = 'fr'
select id from customer union select customer_id from orders union all select order_id from item
(select id from customer order by score limit 3) union (select id from nul order by x limit 3) order by id
select * from (select id from customer union select x from nul) u where id > 990
select * from (select id from customer union all select x from nul) u join tree t on t.id = u.id
select id from customer where id in (select id from nul union all select id from tree)
select 1 union select 2
select 1 union all select id from empty_t
select * from customer where id = 3 and country = 'zz'
select * from customer c join empty_t e on e.id = c.id
select * from customer where id is null
select * from customer where country = 'de' and country = 'fr'
select * from customer where id in (select id from customer where 1 = 0)
select 1 from dual where 1 = 0
select now(), 1 + 1
select max(score) from customer where 1 = 0
select count(*) from myi
select * from myi where v = 'c123' or id = 7
select * from myi m join customer c on c.id = m.id where m.v > 'c99'
select * from customer c join customer d on d.id = c.score where c.id = 17
select * from customer c join orders o on o.id = c.id where c.id = 17
select c.id, rank() over (order by score desc) from customer c
select id, sum(total) over (partition by customer_id order by placed rows between 2 preceding and current row) from orders where customer_id < 20
select * from (select id, row_number() over (partition by country order by score desc) n from customer) d where n <= 3
select country, sum(count(*)) over (order by country) from customer group by country
select id, lag(score) over w, lead(score) over w from customer window w as (partition by country order by id) limit 20
select id, ntile(4) over (order by score), first_value(name) over (partition by city order by id) from customer order by city, id
select distinct first_value(status) over (partition by customer_id order by placed) from orders
select * from part where d = '2022-03-01'
select * from part where id = 77
select * from part where id = 77 and d = '2021-08-17'
select * from part partition (p1, p2) where v = 3
select d, count(*) from part group by d order by d limit 5
select * from part a join part b on a.id = b.id and a.d = b.d where a.v = 3 and b.d < '2022-01-01'
select * from doc where match(title, body) against ('+city3 -c123' in boolean mode) limit 5
select id, match(title, body) against ('c123') s from doc order by s desc limit 3
select * from doc d join customer c on c.id = d.id where match(d.title, d.body) against ('city5')
select id from geo where mbrcontains(st_geomfromtext('polygon((0 0,0 5,5 5,5 0,0 0))'), g)
select id, st_distance(g, point(3, 4)) d from geo order by d limit 3
select * from customer c join json_table('[{"a":1},{"a":5}]', '$[*]' columns (n for ordinality, a int path '$.a', b int exists path '$.b')) j on j.a = c.id
select j.* from customer c, json_table(json_array(c.id, c.score), '$[*]' columns (v int path '$')) j where c.id < 5
insert into sink (id, v, n) select id, name, score from customer where country = 'de' on duplicate key update n = values(n)
insert into sink select customer_id, max(note), count(*) from orders group by customer_id
insert into sink values (500000, 'x', (select max(score) from customer))
insert ignore into sink select * from sink
replace into sink select id, name, score from customer where id < 10
update customer set score = score + 1 where id = 5
update customer set score = score + 1 where country = 'de' order by id limit 3
update orders set status = 'paid' where status = 'open' and placed < '2023-02-01'
update customer c join (select customer_id, count(*) n from orders group by customer_id) d on d.customer_id = c.id set c.score = d.n
update customer set score = (select count(*) from orders where customer_id = customer.id) where id < 10
update customer set name = 'x' where 1 = 0
delete from item where order_id = 5
delete from orders where placed < '2023-01-03' order by id limit 2
delete from customer where id in (select x from nul)
delete c, o from customer c join orders o on o.customer_id = c.id where c.id = 5
delete from empty_t
select * from customer where id < 20 lock in share mode
select sql_small_result country, count(*) from customer group by country
select sql_big_result status, count(*) from orders group by status
select c.name, count(*) from customer c join orders o on o.customer_id = c.id group by c.name order by count(*) desc limit 10
select c.country, year(o.placed), sum(o.total) from customer c join orders o on o.customer_id = c.id group by 1, 2 order by 1, 2
select o.status, c.city, count(distinct i.product) from customer c join orders o on o.customer_id = c.id join item i on i.order_id = o.id where c.country = 'jp' group by 1, 2 having count(*) > 10 order by 3 desc limit 7
select * from customer c join orders o on o.customer_id = c.id join item i on i.order_id = o.id join tree t on t.id = c.id left join nul n on n.id = t.parent where i.qty = 2 and o.total between 5 and 90
select * from customer where name = 'c123' and 'a`b' <> "it's -> fine (cost=1 rows=2)"
select * from customer where name = 'line\nend' or name like '%|%'
select * from customer where id in (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40)
select * from orders o where o.total = (select max(total) from orders p where p.customer_id = o.customer_id and p.status = o.status)
select case when exists (select 1 from nul where x = c.score) then 'a' else (select min(name) from tree) end from customer c where id < 30
select * from customer c where c.score = @v and c.id > (select @v)
select * from customer where rand() < 0.1
select * from customer order by rand() limit 5
select * from digits natural join (select 1 d union select 2) u
