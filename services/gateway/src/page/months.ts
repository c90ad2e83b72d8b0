/** The month (UTC) of a time, `2026-09`. */
export function monthOf(date: Date): string {
  return date.toISOString().slice(0, 7);
}

/** So many months later, or earlier. */
export function addMonths(month: string, months: number): string {
  const [year, number] = month.split('-').map(Number);
  return monthOf(new Date(Date.UTC(year ?? 0, (number ?? 1) - 1 + months, 1)));
}

/** The last day of a month, `2026-09-30`. */
export function monthEnd(month: string): string {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, number, 0)).toISOString().slice(0, 10);
}
