# A period's rows in R: nq57kit export 2026-H2 --to csv --out ra; Rscript read_export.R ra/so-lieu-2026-H2
# Base R alone: Debian has no package of R's arrow.
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(table, ...) read.csv(file.path(folder, table), encoding = "UTF-8", na.strings = "", colClasses = c(...))
activities <- read("activities.csv", unit_id = "character", started_on = "Date", ended_on = "Date", reach = "numeric", cost_vnd = "numeric")
units <- read("units.csv", unit_id = "character")
rows <- merge(activities, units[c("unit_id", "short_name")], by = "unit_id")
cat("rows", nrow(rows), "quantity", sum(rows$quantity), "first", format(min(rows$started_on)), "\n")
