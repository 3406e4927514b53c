-- The DSMP unit, what a packet of link type USER0 (147) holds, and how all of this is registered.
--
--    octet 0   Protocol Type   4 = DSMP                       adaptation layer
--    octet 1   Version 3 bits, Extension 1, Reserved 4        DSMP header
--    [...]     AID             1 to 4 octets, p-encoded
--              Length          2 octets, octets of Data only
--              Data            a secured message, or a bare MessageFrame on a bench

local floor = math.floor

local prefs = V.v2x.prefs

local editions = { { 1, "auto", 0 } }
for index, profile in ipairs(V.profiles) do
   editions[#editions + 1] = { index + 1, profile.name, index }
end
local names = {}
for name in pairs(V.roots) do
   names[#names + 1] = name
end
table.sort(names)
local layers = { { 1, "DSMP", 0 }, { 2, "MessageFrame", 1 } }
for index, name in ipairs(names) do
   layers[#layers + 1] = { index + 2, name, index + 1 }
end

prefs.profile = Pref.enum("Profile", 0, "Edition of the message dictionary; auto tries each on every message",
   editions, false)
prefs.layer = Pref.enum("Packets hold", 0, "What one packet of link type USER0 holds", layers, false)
prefs.payload = Pref.enum("DSMP data are", 0, "auto tells secured messages from bare ones by their first octets",
   { { 1, "auto", 0 }, { 2, "secured", 1 }, { 3, "message", 2 } }, false)
prefs.leap_seconds = Pref.uint("Leap seconds", 0, "Leap seconds since 2004 that the times of secured messages count")

function V.leap_seconds()
   return prefs.leap_seconds
end

-- The p-encoded number at octet at (from 0) and the octet behind it; nil and a reason where there is none.
local function p_decode(text, at)
   local lead = text:byte(at + 1)
   if not lead then
      return nil, "the unit ends before the AID"
   elseif lead >= 0xF0 then
      return nil, string.format("0x%02x begins no p-encoded number", lead)
   end
   local size = lead < 0x80 and 1 or lead < 0xC0 and 2 or lead < 0xE0 and 3 or 4
   if at + size > #text then
      return nil, "the unit ends inside the AID"
   end
   local number = V.word(text, at + 1, size, false)
   local base = ({ 0, 0x8000 - 0x80, 0xC00000 - 0x4080, 0xE0000000 - 0x204080 })[size]
   return number - base, at + size
end

-- True where text is a whole unit without the adaptation octet, as some radios hand it over.
local function stands_alone(text)
   if text:byte() ~= 0 then
      return false
   end
   local aid, after = p_decode(text, 1)
   return aid ~= nil and #text >= after + 2 and V.word(text, after + 1, 2, false) == #text - after - 2
end

-- True where Data begin like a secured message and not like a message that fits; and how it was read.
local function is_secured(text)
   if prefs.payload ~= 0 then
      return prefs.payload == 1
   end
   local first, second = text:byte(1, 2)
   if first ~= 3 or not second or second < 0x80 then
      return false
   end
   local decoded = { V.decode_octets("V2XSecData", text) }
   local r, fault = decoded[2], decoded[3]
   local clean = not fault and not r.trailing and r.skipped == 0
   return clean or V.read_message(text).rank > 1, decoded
end

local function flags(top, tvb, at)
   local octet = tvb(at, 1):uint()
   top:add(V.f.version, tvb(at, 1))
   top:add(V.f.extension, tvb(at, 1))
   local reserved = top:add(V.f.reserved, tvb(at, 1))
   if octet % 16 ~= 0 then
      reserved:add_proto_expert_info(V.x.reserved, "reserved bits are not zero")
   end
   if octet >= 32 then
      top:add_proto_expert_info(V.x.version, "DSMP version " .. floor(octet / 32) .. ", known is 0")
      return false
   elseif octet % 32 >= 16 then
      top:add_proto_expert_info(V.x.extension, "an Extension field follows, whose format is not known")
      return false
   end
   return true
end

local function data(body, pinfo, tree, context)
   local entry = V.aids[context.aid]
   local certificates = entry and not entry.message and not entry.vendor
   local secured, decoded = is_secured(body:raw(0, body:len()))
   local name = (secured or certificates) and "v2x.sec" or "v2x"
   context.decoded = decoded
   V.context = context
   Dissector.get(name):call(body, pinfo, tree)
   V.context = nil
end

-- The octet at which the header begins, after a look at the adaptation octet; nil where it is not DSMP.
local function start_of(text, tvb, top)
   if text:byte() == 4 then
      top:add(V.f.protocol_type, tvb(0, 1))
      return 1
   elseif stands_alone(text) then
      top:add_proto_expert_info(V.x.adaptation, "the adaptation octet (4) is missing")
      return 0
   end
   local item = top:add(V.f.protocol_type, tvb(0, 1))
   item:add_proto_expert_info(V.x.frame_type, "protocol type " .. text:byte() .. ", DSMP is 4")
   return nil
end

local function stop(top, tvb, at, info, text, pinfo)
   if info then
      top:add_proto_expert_info(info, text)
   end
   if at < tvb:len() then
      top:add(V.f.data, tvb(at))
   end
   pinfo.cols.info:set("DSMP, not decoded")
   return tvb:len()
end

local function aid_line(top, tvb, at, after, aid)
   local item = top:add(V.f.aid, tvb(at, after - at), aid)
   local text = V.aid_text(aid)
   item:append_text(" (" .. (text or "not registered") .. ")")
   if not text or V.aids[aid].vendor then
      item:add_proto_expert_info(V.x.aid_unknown, "AID " .. aid .. " is not registered")
   end
   top:append_text(", AID " .. aid .. (text and " (" .. text .. ")" or ""))
end

local function dissect_unit(tvb, pinfo, tree)
   local size = tvb:len()
   local text = tvb:raw(0, size)
   pinfo.cols.protocol:set("DSMP")
   local top = tree:add(V.dsmp, tvb())
   if size > V.max_unit then
      top:add_proto_expert_info(V.x.too_long, size .. " octets, the largest unit has " .. V.max_unit)
   end
   local at = start_of(text, tvb, top)
   if not at then
      return stop(top, tvb, 1, nil, nil, pinfo)
   elseif at >= size then
      return stop(top, tvb, at, V.x.truncated, "the unit ends before its header", pinfo)
   elseif not flags(top, tvb, at) then
      return stop(top, tvb, at + 1, nil, nil, pinfo)
   end
   local aid, after = p_decode(text, at + 1)
   if not aid then
      return stop(top, tvb, at + 1, V.x.frame_aid, after, pinfo)
   end
   aid_line(top, tvb, at + 1, after, aid)
   if after + 2 > size then
      return stop(top, tvb, after, V.x.truncated, "the unit ends inside its Length field", pinfo)
   end
   local length = V.word(text, after + 1, 2, false)
   local item = top:add(V.f.length, tvb(after, 2))
   local there = size - after - 2
   top:set_len(after + 2)
   if length ~= there then
      item:add_proto_expert_info(V.x.frame_length,
         string.format("Length says %d octets of Data, %d are there", length, there))
   end
   if there == 0 then
      return stop(top, tvb, size, V.x.truncated, "no Data", pinfo)
   end
   pinfo.cols.info:set("DSMP, AID " .. aid)
   if length < there then
      top:add(V.f.data, tvb(after + 2 + length))
   end
   if length > 0 then
      local body = tvb(after + 2, math.min(length, there)):tvb()
      data(body, pinfo, tree, { aid = aid, signer = "not signed" })
   end
   return size
end

local function dissect(tvb, pinfo, tree)
   if tvb:len() == 0 then
      return 0
   elseif prefs.layer == 0 then
      return dissect_unit(tvb, pinfo, tree)
   elseif prefs.layer == 1 then
      return Dissector.get("v2x"):call(tvb, pinfo, tree)
   end
   local name = names[prefs.layer - 1]
   if name == "V2XSecData" then
      return Dissector.get("v2x.sec"):call(tvb, pinfo, tree)
   end
   return V.dissect_alone(name, tvb, pinfo, tree)
end

V.dsmp.dissector = dissect

DissectorTable.get("wtap_encap"):add((rawget(_G, "wtap") or rawget(_G, "wtap_encaps")).USER0, V.dsmp)
for _, name in ipairs({ "udp.port", "ethertype" }) do
   DissectorTable.get(name):add_for_decode_as(V.dsmp)
end
