-- Draws a tree of values: one line per value with its raw number, what that means, and what is wrong with it.
--
-- A line covers the octets that its bits touch.  c is where the values lie: tvb, size (octets), text, stop
-- (the bit at which decoding ended), and it collects open, the innermost line that was not finished.

local floor, ceil = math.floor, math.ceil
local format = string.format

local function cover(c, a, b)
   local first, last = floor(a / 8), ceil((b or c.stop) / 8)
   last = math.min(math.max(last, first + 1), c.size)
   first = math.min(first, last)
   return c.tvb(first, last - first)
end
V.cover = cover

-- Adds octets that may begin inside an octet: Wireshark takes as many as the range has, so the range is
-- made to cover them afterwards.
local function add_octets(tree, field, value, c)
   local a, text = value.o or value.a, value.val
   if value.default then -- on no octets; the line needs some to hold its own, and gets those before it
      return tree:add(field, c.tvb(math.max(floor(a / 8) - #text, 0), #text), text)
   end
   local item = tree:add(field, c.tvb(math.min(floor(a / 8), c.size), #text), text)
   local covering = cover(c, a, value.b)
   item:set_len(covering:len())
   if #text == 0 then
      item:append_text(" (no octets)")
   end
   return item
end

local function of_meaning(row, number)
   local meaning = row.m and V.meanings[row.m]
   if not meaning then
      return nil
   end
   for _, code in ipairs(meaning.c or {}) do
      if number >= code[1] and number <= code[2] then
         return code[3]
      end
   end
   return meaning.r and format("%." .. meaning.d .. "f %s", number * meaning.r, meaning.u)
end

local function of_minutes(number)
   if number >= 527040 then
      return "unavailable"
   end
   local days = floor(number / 1440)
   return format("day %d of the year, %02d:%02d UTC", days + 1, floor(number / 60) % 24, number % 60)
end

-- Text of an AID, or nil where nobody registered it.
function V.aid_text(aid)
   local entry = V.aids[aid]
   return entry and entry.text
end

local shown_as = {
   moy = of_minutes,
   aid = function(number)
      return V.aid_text(number) or "not registered"
   end,
   time32 = function(number)
      return V.utc(math.max(number - V.leap_seconds(), 0))
   end,
   time64 = function(number, value)
      -- low and high word to seconds and microseconds without losing digits: 2^32 = 4294 * 10^6 + 967296
      local high, low = value.high or 0, value.low or number
      local micros = high % 1000000 * 967296 + low % 1000000
      local seconds = floor(high / 1000000) * 4294967296 + high % 1000000 * 4294 + floor(low / 1000000)
         + floor(micros / 1000000)
      return V.utc(math.max(seconds - V.leap_seconds(), 0), micros % 1000000)
   end,
}

local add = {}

local function add_number(tree, place, value, c)
   local row, number = value.row, value.num
   local form, range = row.form or V.form_of(row), cover(c, value.a, value.b)
   local item
   if form == "int64" then
      item = tree:add(place.f, range, value.low and Int64.new(value.low, value.high) or V.int64(number))
   elseif form == "uint64" then
      item = tree:add(place.f, range, value.low and UInt64.new(value.low, value.high) or V.uint64(number))
   else
      item = tree:add(place.f, range, number)
   end
   local text = row.v and shown_as[row.v](number, value) or of_meaning(row, number)
   if text then
      item:append_text(" (" .. text .. ")")
   end
   return item
end
add.int, add.big = add_number, add_number

function add.enum(tree, place, value, c)
   local item = tree:add(place.f, cover(c, value.a, value.b), value.num)
   local bound = value.row.b and value.row.b[value.num + 1]
   if bound and bound ~= "" then
      item:append_text(" (" .. bound .. ")")
   end
   return item
end

function add.bool(tree, place, value, c)
   return tree:add(place.f, cover(c, value.a, value.b), value.num == 1)
end

function add.null(tree, place, value, c)
   return tree:add(place.f, cover(c, value.a, value.b))
end

function add.text(tree, place, value, c)
   return tree:add(place.f, cover(c, value.a, value.b), V.shown(value.val))
end
add.utf8 = add.text

-- Chinese text through Wireshark's own tables; octets that lie across octets get a buffer of their own.
local function gb2312(item, place, value, c)
   local encoding = rawget(_G, "ENC_GB18030") or rawget(_G, "ENC_GB2312")
   if not encoding or #value.val == 0 then
      return
   end
   local range
   if value.o % 8 == 0 then
      range = c.tvb(value.o / 8, #value.val)
   else
      range = ByteArray.new(V.hex(value.val)):tvb("GB 2312 text")()
   end
   item:add_packet_field(place.words, range, encoding)
end

function add.octets(tree, place, value, c)
   local item, row = add_octets(tree, place.f, value, c), value.row
   local text
   if row.l then
      text = "level " .. floor((value.val:byte() or 0) / 32)
   elseif row.g then
      gb2312(item, place, value, c)
   elseif row.t ~= "" and #value.val > 3 and V.printable(value.val) then
      text = format("%q", value.val)
   end
   if text then
      item:append_text(" (" .. V.shown(text) .. ")")
   end
   return item
end

add["bits"] = function(tree, place, value, c)
   local item, named = add_octets(tree, place.f, value, c), value.row.n or {}
   local names = {}
   for _, entry in ipairs(named) do
      local bit, field = entry[1], place.bits[entry[3]]
      if bit < value.n then
         local set = floor(value.val:byte(floor(bit / 8) + 1) / 2 ^ (7 - bit % 8)) % 2 == 1
         item:add(field, cover(c, value.o + bit, value.o + bit + 1), set)
         if set then
            names[#names + 1] = entry[2]
         end
      end
   end
   local text = #names > 0 and table.concat(names, ", ") or #named > 0 and "none is set" or ""
   item:append_text(format(" (%d bits%s)", value.n, text ~= "" and ": " .. text or ""))
   return item
end

local show

-- The parts of a SEQUENCE or CHOICE, or the elements of a list, under tree.
local function show_kids(tree, place, value, c)
   for index, kid in ipairs(value.kids) do
      if not kid.row then
         local item = add_octets(tree, V.f.addition, kid, c)
         item:prepend_text(kid.name .. ": ")
         item:add_proto_expert_info(V.x.unknown, kid.name .. " is of another edition")
      elseif kid.part then
         show(tree, place.kids[kid.part.s], kid, c)
      else
         show(tree, place.item, kid, c, "[" .. (index - 1) .. "] ")
      end
   end
end
V.show_kids = show_kids

function add.seq(tree, place, value, c)
   return tree:add(place.f, cover(c, value.a, value.b))
end

function add.list(tree, place, value, c)
   local item = tree:add(place.f, cover(c, value.a, value.b), value.num)
   item:append_text(value.num == 1 and " element" or " elements")
   return item
end

function add.choice(tree, place, value, c)
   return tree:add(place.f, cover(c, value.a, value.b), value.num)
end

local function position(item, value)
   local lat, long = V.part(value, "lat"), V.part(value, "long")
   if lat and long and lat.num and long.num then
      item:append_text(format(": %.7f, %.7f", lat.num * 1e-7, long.num * 1e-7))
   end
end

-- A certificate gets its HashedId8, and its frame is remembered for messages that carry only that.
local function certificate(item, value, c)
   if not (V.hashed_id8 and value.b) then
      return
   end
   local id8 = V.hashed_id8(c.text:sub(value.a / 8 + 1, value.b / 8))
   V.remember(id8, c.number)
   item:append_text(", HashedId8 " .. V.hex(id8))
   local range = cover(c, value.a, value.b)
   item:add(V.f.hashed, range(0, 8), id8):set_generated()
end
V.hash_line = certificate

-- What is wrong or strange about a value, at its line.
function V.remarks(item, value)
   for _, remark in ipairs(value.e or {}) do
      item:add_proto_expert_info(V.x[remark[1]], remark[2])
   end
end

show = function(tree, place, value, c, before)
   local row = value.row
   if not (value.num or value.val or row.k == "seq") then
      return -- what stopped the decoding; the fault tells its path
   end
   local item = add[row.k](tree, place, value, c)
   if before then
      item:prepend_text(before)
   end
   if value.default then
      item:append_text(" (default)")
      item:set_generated()
   end
   if not value.b then
      c.open = item
   end
   if value.kids then
      show_kids(item, place, value, c)
   end
   if row.t == "Position3D" then
      position(item, value)
   elseif row.t == "Certificate" then
      certificate(item, value, c)
   end
   V.remarks(item, value)
   if value.body then
      show(item, value.body.place, value.body.value, c)
   end
end
V.show = show

-- The part of a SEQUENCE by name, the alternative of a CHOICE, or nil.
function V.part(value, name)
   for _, kid in ipairs(value and value.kids or {}) do
      if kid.part and kid.part.n == name then
         return kid
      end
   end
   return nil
end

-- What ended the decoding, and what follows the value, at the line where it belongs.
function V.show_end(top, r, c)
   local fault = r.fault
   if fault then
      local text = fault.path ~= "" and fault.path .. ": " .. fault.text or fault.text
      local item = c.open or top
      item:add_proto_expert_info(V.x[fault.kind], text)
      local rest = floor(c.stop / 8)
      if rest < c.size then
         top:add(V.f.undecoded, c.tvb(rest, c.size - rest))
      end
   end
   if r.trailing then
      local at = r.trailing[1]
      local rest = floor(at / 8)
      local item = top:add(V.f.trailing, c.tvb(rest, c.size - rest))
      item:add_proto_expert_info(V.x.trailing, r.trailing[2])
   end
end
