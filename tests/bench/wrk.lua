-- SPDX-License-Identifier: MIT
-- For wrk: what it asks for, and its result as one line of numbers.
--
--	wrk ... -s wrk.lua URL -- pipeline N    N requests at a time
--	wrk ... -s wrk.lua URL -- files N       one of /0.txt to /(N - 1).txt,
--	                                        at random, each time

function init(args)
	local mode, n = args[1], tonumber(args[2])

	if mode == "pipeline" then
		local batch = string.rep(wrk.format(), n)

		request = function() return batch end
	elseif mode == "files" then
		local asked = {}

		for i = 1, n do
			asked[i] = wrk.format(nil, "/" .. (i - 1) .. ".txt")
		end
		math.randomseed(n)
		request = function() return asked[math.random(n)] end
	end
end

function done(summary, latency, requests)
	local e = summary.errors

	print(string.format("result requests=%d us=%d bytes=%d connect=%d " ..
		"read=%d write=%d status=%d timeout=%d p50=%d p99=%d p999=%d",
		summary.requests, summary.duration, summary.bytes,
		e.connect, e.read, e.write, e.status, e.timeout,
		latency:percentile(50), latency:percentile(99),
		latency:percentile(99.9)))
end
