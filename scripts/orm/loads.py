"""What programs say to a database, by way of SQLAlchemy and Django: each scenario is run, and its part of the server's
log becomes a file; labels.json says how many N+1 it holds. URL LOG FOLDER, see record-orm-loads.sh."""

import json
import os
import sys
import threading
import time

import django
from django.conf import settings
from sqlalchemy import ForeignKey, create_engine, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

url, log, out = sys.argv[1:4]
REQUESTS = 3
LABELS = {}


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    total: Mapped[int]
    customer: Mapped[Customer] = relationship(back_populates="orders")
    items: Mapped[list["Item"]] = relationship(back_populates="order")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    sku: Mapped[str]
    order: Mapped[Order] = relationship(back_populates="items")


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


engine = create_engine(url, pool_size=3)
Base.metadata.create_all(engine)
with Session(engine) as s:
    s.add_all(Customer(id=c, name=f"customer {c}") for c in range(1, 61))
    s.add_all(Order(id=o, customer_id=1 + o % 60, total=o) for o in range(1, 401))
    s.add_all(Item(id=i, order_id=1 + i % 400, sku=f"sku {i}") for i in range(1, 1601))
    s.commit()
    for table in ("customers", "orders", "items", "tags"):
        s.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 5000)"))
    s.commit()

host = url.split("@")[1].split("/")[0]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres",
                           "HOST": host.split(":")[0], "PORT": host.split(":")[1]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from django.db import connection, models, transaction  # noqa: E402


class DCustomer(models.Model):
    name = models.CharField(max_length=99)

    class Meta:
        app_label = "shop"
        db_table = "customers"


class DOrder(models.Model):
    customer = models.ForeignKey(DCustomer, on_delete=models.CASCADE, related_name="orders")
    total = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "orders"


class DItem(models.Model):
    order = models.ForeignKey(DOrder, on_delete=models.CASCADE, related_name="items")
    sku = models.CharField(max_length=99)

    class Meta:
        app_label = "shop"
        db_table = "items"


class DTag(models.Model):
    name = models.CharField(max_length=99)

    class Meta:
        app_label = "shop"
        db_table = "tags"


def scenario(name, n_plus_one, run, requests=REQUESTS):
    """Runs it so many times, with a pause between, and keeps what the server logged."""
    start = os.path.getsize(log)
    for _ in range(requests):
        run()
        time.sleep(0.15)
    time.sleep(0.2)
    with open(log, "rb") as f:
        f.seek(start)
        data = f.read()
    with open(os.path.join(out, name + ".log"), "wb") as f:
        f.write(data)
    LABELS[name] = n_plus_one * requests


def with_session(work):
    def run():
        with Session(engine) as s:
            work(s)
    return run


def threads(run, count=3):
    def all_at_once():
        workers = [threading.Thread(target=run) for _ in range(count)]
        [w.start() for w in workers]
        [w.join() for w in workers]
    return all_at_once


# --- SQLAlchemy -------------------------------------------------------------------------------------------------------
lazy_many = with_session(lambda s: [len(o.items) for o in s.scalars(select(Order).where(Order.total < 25))])
lazy_one = with_session(lambda s: [o.customer.name for o in s.scalars(select(Order).where(Order.total < 40))])
nested = with_session(lambda s: [[len(o.items) for o in c.orders] for c in s.scalars(select(Customer).limit(8))])
scenario("sqlalchemy-lazy-to-many", 1, lazy_many)
scenario("sqlalchemy-lazy-to-one", 1, lazy_one)
scenario("sqlalchemy-nested", 1, nested)
scenario("sqlalchemy-interleaved", 3, threads(lazy_many))
scenario("sqlalchemy-selectin", 0, with_session(lambda s: [
    len(o.items) for o in s.scalars(select(Order).where(Order.total < 25).options(selectinload(Order.items)))]))
scenario("sqlalchemy-joined", 0, with_session(lambda s: [
    o.customer.name for o in s.scalars(select(Order).where(Order.total < 40).options(joinedload(Order.customer)))]))
scenario("sqlalchemy-few", 0, with_session(lambda s: [len(o.items) for o in s.scalars(select(Order).limit(3))]))
scenario("sqlalchemy-pages", 0, with_session(lambda s: [
    s.scalars(select(Order).where(Order.id > 20 * p).order_by(Order.id).limit(20)).all() for p in range(12)]))
scenario("sqlalchemy-bulk-insert", 0, with_session(lambda s: (
    s.add_all(Tag(name=f"bulk {n}") for n in range(200)), s.commit())))


def row_by_row(s):
    for n in range(20):
        s.execute(insert(Tag).values(name=f"row {n}"))
    s.commit()


def find_or_create(s):
    for n in range(12):
        if s.scalars(select(Tag).where(Tag.name == f"{time.time_ns()} {n}")).first() is None:
            s.add(Tag(name=f"new {n}"))
            s.flush()
    s.commit()


def batch_job(s):
    for order in s.scalars(select(Order.id).where(Order.total < 30)).all():
        s.execute(update(Order).where(Order.id == order).values(total=Order.total))
    s.commit()


def repeated(s):
    s.scalars(select(Order).limit(20)).all()
    for _ in range(8):
        s.execute(select(Customer.name).where(Customer.id == 1)).all()


scenario("sqlalchemy-row-by-row", 0, with_session(row_by_row))
scenario("sqlalchemy-find-or-create", 0, with_session(find_or_create))
scenario("sqlalchemy-batch-job", 0, with_session(batch_job))
scenario("sqlalchemy-repeated-read", 0, with_session(repeated))
auto = engine.execution_options(isolation_level="AUTOCOMMIT")


def one_after_another():
    """Requests on one connection at full speed, nothing between them: who it is, then what they ordered."""
    with auto.connect() as c:
        for n in range(1, 41):
            c.execute(select(Customer.name).where(Customer.id == n)).all()
            c.execute(select(Order.id, Order.total).where(Order.customer_id == n)).all()


def poll():
    with auto.connect() as c:
        for _ in range(30):
            c.execute(select(Order.id).where(Order.total == -1).limit(1)).all()
            time.sleep(0.01)


def look_ups_only():
    with auto.connect() as c:
        for n in range(60):
            c.execute(select(Customer.name).where(Customer.id == 1 + n * 7 % 60)).all()


def point_and_range():
    """As sysbench does without transactions: look-ups, then ranges and sums over the same table."""
    with auto.connect() as c:
        for n in range(6):
            for m in range(10):
                c.execute(text("SELECT sku FROM items WHERE id = :id"), {"id": 1 + (n * 97 + m * 31) % 1600}).all()
            c.execute(text("SELECT sku FROM items WHERE id BETWEEN :a AND :b"), {"a": n * 50, "b": n * 50 + 99}).all()
            c.execute(text("SELECT DISTINCT sku FROM items WHERE id BETWEEN :a AND :b ORDER BY sku"), {"a": n, "b": n + 99}).all()


scenario("driver-one-after-another", 0, one_after_another)
scenario("driver-poll", 0, poll)
scenario("driver-look-ups-only", 0, look_ups_only)
scenario("driver-point-and-range", 0, point_and_range)


def by_hand():
    with auto.connect() as c:
        for (order,) in c.execute(text("SELECT id FROM orders WHERE total < 30")).all():
            c.execute(text("SELECT sku FROM items WHERE order_id = :id"), {"id": order}).all()


scenario("driver-n-plus-one", 1, by_hand)

# --- Django -----------------------------------------------------------------------------------------------------------
scenario("django-lazy-to-many", 1, lambda: [len(o.items.all()) for o in DOrder.objects.filter(total__lt=25)])
scenario("django-lazy-to-one", 1, lambda: [o.customer.name for o in DOrder.objects.filter(total__lt=40)])
scenario("django-nested", 1, lambda: [[len(o.items.all()) for o in c.orders.all()] for c in DCustomer.objects.all()[:8]])
scenario("django-prefetch", 0, lambda: [len(o.items.all()) for o in DOrder.objects.filter(total__lt=25).prefetch_related("items")])
scenario("django-select-related", 0, lambda: [o.customer.name for o in DOrder.objects.filter(total__lt=40).select_related("customer")])
scenario("django-count-loop", 1, lambda: [o.items.count() for o in DOrder.objects.filter(total__lt=25)])
scenario("django-bulk-create", 0, lambda: DTag.objects.bulk_create([DTag(name=f"b {n}") for n in range(200)]))
scenario("django-save-loop", 0, lambda: [DTag(name=f"s {n}").save() for n in range(20)])
scenario("django-get-or-create", 0, lambda: [DTag.objects.get_or_create(name=f"{time.time_ns()} {n}") for n in range(12)])


def held_open():
    with transaction.atomic():
        DTag(name="held").save()
        time.sleep(1.2)


scenario("django-held-open", 0, held_open)


def requests_one_after_another():
    for n in range(1, 31):
        customer = DCustomer.objects.get(pk=n)
        list(customer.orders.all())


scenario("django-one-after-another", 0, requests_one_after_another)
connection.close()
with open(os.path.join(out, "labels.json"), "w") as f:
    json.dump(LABELS, f, indent=2, sort_keys=True)
    f.write("\n")
