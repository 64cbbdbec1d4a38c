"""Yen for the reader: exact in tables, rounded in charts and headlines."""


def yen(amount: int) -> str:
    """1,234,567円."""
    return f"{amount:,}円"


def about(amount: float) -> str:
    """Rounded to what can be grasped: 12.3億円, 2,663万円, 6,500円."""
    for unit, name in ((10**12, "兆円"), (10**8, "億円"), (10**4, "万円")):
        if amount >= unit:
            value = amount / unit
            return f"{value:,.0f}{name}" if value >= 100 else f"{value:,.3g}{name}"
    return f"{amount:,.0f}円"
