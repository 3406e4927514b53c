-- What all parts share: limits, ways to fail, octets as text, instants of the calendar.
--
-- The parts of this file are blocks that speak through the one local table V; the tables V.rows,
-- V.meanings, V.profiles, V.roots and V.aids before this block are generated.  Arithmetic only, no
-- bit library: the same text runs on Lua 5.1 to 5.4, whose bit operations all differ.

local floor = math.floor

V.MAX_MESSAGE_OCTETS = 16383 -- ten times what a DSMP unit carries; beyond it UPER splits lengths
V.MAX_ITEMS = 200000 -- values of one layer: Wireshark stops at a million lines in its tree
V.MAX_DEPTH = 48 -- nested types of a secured message; a signed message with a certificate needs 16
V.MAX_LIST = 65536 -- elements of a list in a secured message, each of which has an octet
V.MAX_REMEMBERED = 65536 -- certificates that a capture's frames can point back to

-- Ends the decoding of reader r: kind is the name of an expert info.  Table errors are ours; any other
-- error is a bug of this file and passes through to Wireshark, which shows it.
function V.fail(r, kind, text)
   local path = table.concat(r.names, ".", 1, r.top):gsub("%.%[", "[")
   error({ kind = kind, text = text, path = path }, 0)
end

-- Calls f(...) and gives its table error, or nil.
function V.try(f, ...)
   local done, fault = pcall(f, ...)
   if done then
      return nil
   end
   if type(fault) ~= "table" then
      error(fault, 0)
   end
   return fault
end

-- "1 octet", "2 octets".
function V.count(number, what)
   return string.format("%d %s%s", number, what, number == 1 and "" or "s")
end

function V.hex(octets)
   return (octets:gsub(".", function(octet)
      return string.format("%02x", octet:byte())
   end))
end

-- The octets where all are printable, else nil.
function V.printable(octets)
   if #octets > 0 and not octets:find("[^ -~]") then
      return octets
   end
   return nil
end

-- A text that Wireshark can hold: its strings end at the first octet of zero.
function V.shown(text)
   return (text:gsub("%z", "\226\144\128"))
end

local function is_utf8(text)
   local at, last = 1, #text
   while at <= last do
      local lead = text:byte(at)
      local more = lead < 0x80 and 0 or lead >= 0xC2 and lead < 0xE0 and 1
         or lead >= 0xE0 and lead < 0xF0 and 2 or lead >= 0xF0 and lead < 0xF5 and 3
      if not more or at + more > last then
         return false
      end
      for i = at + 1, at + more do
         local octet = text:byte(i)
         if octet < 0x80 or octet > 0xBF then
            return false
         end
      end
      local second = more > 0 and text:byte(at + 1) or 0
      if lead == 0xE0 and second < 0xA0 or lead == 0xED and second > 0x9F
         or lead == 0xF0 and second < 0x90 or lead == 0xF4 and second > 0x8F then
         return false
      end
      at = at + more + 1
   end
   return true
end
V.is_utf8 = is_utf8

local FIRST_DAY = 12418 -- 2004-01-01, in days since 1970-01-01

-- Year, month and day of a day counted from 1970-01-01 (the proleptic Gregorian calendar).
local function civil(days)
   local z = days + 719468
   local era = floor(z / 146097)
   local day = z - era * 146097
   local year = floor((day - floor(day / 1460) + floor(day / 36524) - floor(day / 146096)) / 365)
   local rest = day - (365 * year + floor(year / 4) - floor(year / 100))
   local shifted = floor((5 * rest + 2) / 153)
   local month = shifted < 10 and shifted + 3 or shifted - 9
   return year + era * 400 + (month <= 2 and 1 or 0), month, rest - floor((153 * shifted + 2) / 5) + 1
end

-- UTC text of seconds since 2004-01-01; micros nil: whole seconds.
function V.utc(seconds, micros)
   local days = floor(seconds / 86400)
   if days > 2900000 then
      return "after the year 9900"
   end
   local year, month, day = civil(days + FIRST_DAY)
   local rest = seconds - days * 86400
   local text = string.format("%04d-%02d-%02d %02d:%02d:%02d", year, month, day, floor(rest / 3600),
      floor(rest / 60) % 60, rest % 60)
   if micros then
      text = text .. string.format(".%06d", micros)
   end
   return text .. " UTC"
end

-- 64-bit objects of Wireshark from a whole number of Lua (exact up to 2^53), or from two words.
function V.int64(num)
   return Int64.new(floor(num % 4294967296), floor(num / 4294967296) % 4294967296)
end

function V.uint64(num)
   return UInt64.new(floor(num % 4294967296), floor(num / 4294967296) % 4294967296)
end

-- The number in count (1 to 8) octets of text from position at on: approximate number, low word, high word.
function V.word(text, at, count, signed)
   local high, low = 0, 0
   local negative = signed and text:byte(at) >= 0x80
   if negative then
      high, low = 4294967295, 4294967295
   end
   for i = at, at + count - 1 do
      high = (high * 256) % 4294967296 + floor(low / 16777216)
      low = (low * 256) % 4294967296 + text:byte(i)
   end
   if high == 0 then
      return low, low, high
   end
   local top = negative and high - 4294967296 or high
   return top * 4294967296.0 + low, low, high
end
